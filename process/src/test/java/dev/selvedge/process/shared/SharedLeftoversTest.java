package dev.selvedge.process.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.process.internal.ProcessId;
import dev.selvedge.process.internal.UserFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SharedLeftoversTest {
  @TempDir private Path place;

  private List<Path> entries() throws IOException {
    try (Stream<Path> entries = Files.list(place)) {
      return entries.toList();
    }
  }

  private Peer startHere() throws IOException {
    return Peer.start("-D" + UserFolder.PROPERTY + "=" + place);
  }

  private static Path createBlock(Peer peer) throws Exception {
    return Path.of(
        peer.call(
            () -> {
              SharedMemory.create("frames", 1000);
              SharedMemory.create(1000);
              return ProcessFolder.own().toString();
            }));
  }

  @Test
  @Tag("SHM-03")
  @Tag("RES-01")
  void whatAKilledProcessLeftIsRemovedByTheNextStart() throws Exception {
    Path left;
    try (Peer victim = startHere()) {
      left = createBlock(victim);
      victim.kill();
      victim.awaitEnd();
    }
    assertTrue(Files.exists(left.resolve("n-frames")));

    try (Peer next = startHere()) {
      createBlock(next); // the name is free again
      assertFalse(Files.exists(left));
    }
  }

  @Test
  @Tag("RES-01")
  void anOrderlyEndLeavesNothingAlsoBySignal() throws Exception {
    try (Peer peer = startHere()) {
      assertTrue(Files.exists(createBlock(peer)));
    }
    assertEquals(List.of(), entries());

    try (Peer peer = startHere()) {
      assertTrue(Files.exists(createBlock(peer)));
      peer.signal("TERM");
      peer.awaitEnd();
    }
    assertEquals(List.of(), entries());
  }

  @Test
  void whoLivesAndWhoCannotBeJudgedKeepsHisFolder() throws Exception {
    try (Peer peer = startHere()) {
      Path living = createBlock(peer);
      Path elsewhere = living.resolveSibling("999999-1-1");
      Path unknown = living.resolveSibling("notes");
      Files.createDirectory(elsewhere);
      Files.createDirectory(unknown);
      peer.signal("STOP");

      ProcessFolder.under(place);

      assertTrue(Files.exists(living.resolve("n-frames")));
      assertTrue(Files.exists(elsewhere), "of another pid namespace");
      assertTrue(Files.exists(unknown), "not ours");
      peer.signal("CONT");
    }
  }

  @Test
  void anotherProcessWithTheSamePidIsAnotherOne() throws Exception {
    ProcessFolder own = ProcessFolder.under(place);
    String name = own.path().getFileName().toString();
    String start = Long.toString(ProcessId.start(ProcessId.own()));
    Path older =
        own.path().resolveSibling(name.replace("-" + start + "-", "-" + (start + 1) + "-"));
    Files.createDirectories(older.resolve("deep"));
    Files.createFile(older.resolve("deep").resolve("file"));

    assertEquals(List.of(older.getFileName().toString()), own.user().sweep());

    assertFalse(Files.exists(older));
    assertTrue(Files.exists(own.path()));
    assertFalse(ProcessId.isDead(ProcessId.own()));
    assertTrue(ProcessId.isDead(ProcessId.of(ProcessHandle.current().pid(), 1)));
    assertTrue(ProcessId.isDead(ProcessId.of(4_000_000, 1)));
  }

  @Test
  void severalMayStartAtTheSameTime() throws Exception {
    ProcessFolder own = ProcessFolder.under(place);
    String namespace = own.path().getFileName().toString().replaceAll(".*-", "");
    for (int i = 0; i < 20; i++) {
      Path dead = own.user().path().resolve((4_000_000 + i) + "-1-" + namespace);
      Files.createDirectory(dead);
      Files.createFile(dead.resolve("b-1"));
      Files.createFile(dead.resolve("b-2"));
    }
    var go = new CountDownLatch(1);
    List<Future<?>> all = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        all.add(
            threads.submit(
                () -> {
                  go.await();
                  return ProcessFolder.under(place);
                }));
      }
      go.countDown();
    }
    for (Future<?> each : all) {
      each.get();
    }
    assertEquals(List.of(own.path()), own.user().all());
  }

  @Test
  void aFolderThatOthersMayEnterIsRefused() throws Exception {
    Path users = ProcessFolder.under(place).user().path();
    Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rwxr-xr-x"));
    var failure = assertThrows(IOException.class, () -> ProcessFolder.under(place));
    assertTrue(String.valueOf(failure.getMessage()).contains("has the permissions rwxr-xr-x"));
    Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rwx------"));

    Path moved = Files.move(users, place.resolve("elsewhere"));
    Files.createSymbolicLink(users, moved);
    failure = assertThrows(IOException.class, () -> ProcessFolder.under(place));
    assertTrue(String.valueOf(failure.getMessage()).contains("is not a folder"));
  }
}
