package dev.selvedge.trace.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.live.DumpedThread.OwnedMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ThreadDumpTest {
  @TempDir private Path folder;

  private ThreadDump read(String text) throws IOException {
    return ThreadDump.read(Files.writeString(folder.resolve("threads.json"), text));
  }

  private ThreadDump of(String threads) throws IOException {
    return read(
        """
        {"threadDump": {"runtimeVersion": "25.0.3", "threadContainers": [
          {"container": "<root>", "parent": null, "owner": null, "threads": [%s]}]}}
        """
            .formatted(threads));
  }

  @Test
  void readsWhatAThreadDoes() throws Exception {
    var dump =
        of(
            """
            {"tid": "23", "virtual": true, "name": "left", "state": "BLOCKED",
             "blockedOn": "A@1", "parkBlocker": {"object": "B@2", "owner": "7"},
             "waitingOn": "C@3", "stack": ["D.a(D.java:1)", "D.b(D.java:2)"],
             "monitorsOwned": [{"depth": 1, "locks": ["E@4", null]}]}
            """);
    assertEquals("25.0.3", dump.runtimeVersion());
    assertEquals(
        List.of(
            new DumpedThread(
                23,
                "left",
                true,
                "BLOCKED",
                "A@1",
                "C@3",
                "B@2",
                7,
                List.of(new OwnedMonitor("E@4", 1)),
                List.of("D.a(D.java:1)", "D.b(D.java:2)"),
                "")),
        dump.threads().toList());
  }

  @Test
  void readsNumbersAsNumbersAndSkipsWhatItDoesNotKnow() throws Exception {
    var dump =
        of(
            """
            {"tid": 23, "future": {"tid": 5, "stack": [1, [2]]}, "name": null,
             "stack": {"not": "a list"}, "monitorsOwned": "nor this", "parkBlocker": []}
            """);
    var thread = dump.threads().findFirst().orElseThrow();
    assertEquals(23, thread.id());
    assertEquals("", thread.name());
    assertEquals(List.of(), thread.stack());
    assertNull(thread.parkedOn());
  }

  @Test
  void keepsEqualStacksOnce() throws Exception {
    var dump =
        of(
            """
            {"tid": 1, "stack": ["D.a(D.java:1)"]}, {"tid": 2, "stack": ["D.a(D.java:1)"]}
            """);
    var threads = dump.threads().toList();
    assertSame(threads.getFirst().stack(), threads.getLast().stack());
  }

  @Test
  void namesAreSafeToPrintAndCut() throws Exception {
    var dump =
        of(
            "{\"tid\": 1, \"name\": \"a\\u001b[31m\\n\\u202e<b>\"}, {\"tid\": 2, \"name\": \"%s\"}"
                .formatted("x".repeat(1_000_000)));
    var threads = dump.threads().toList();
    assertEquals("a\\u001b[31m\\u000a\\u202e<b>", threads.getFirst().name());
    assertEquals("x".repeat(300) + "… (1000000 characters)", threads.getLast().name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "#!/bin/sh",
        "[]",
        "{}",
        "{\"threadDump\": {\"threadContainers\": [{\"threads\": [{\"tid\": \"1\", \"name\": \"a",
        "{\"threadDump\": {\"threadContainers\": [{\"threads\": [{\"tid\": \"1\"",
        "{\"threadDump\": {\"threadContainers\": [",
      })
  void whatIsNoDumpIsAnError(String text) {
    var error = assertThrows(IOException.class, () -> read(text));
    assertTrue(
        String.valueOf(error.getMessage()).startsWith("not a dump of threads in JSON: "),
        error.getMessage());
  }

  @Test
  void deepNestingIsAnErrorAndNoOverflow() {
    assertThrows(IOException.class, () -> read("[".repeat(1_000_000)));
    assertThrows(IOException.class, () -> of("{\"x\": " + "[".repeat(1_000_000)));
  }

  @Test
  void aThreadIsNotInAMonitorThatItHasLeftToWaitForANotification() throws Exception {
    var dump =
        of(
            """
            {"tid": 1, "waitingOn": "A@1", "monitorsOwned": [{"depth": 0, "locks": ["A@1", "B@2"]}]},
            {"tid": 2, "blockedOn": "A@1", "monitorsOwned": [{"depth": 0, "locks": ["A@1"]}]}
            """);
    var threads = dump.threads().toList();
    assertFalse(threads.getFirst().isIn("A@1"));
    assertTrue(threads.getFirst().isIn("B@2"));
    assertFalse(threads.getLast().isIn("A@1"));
  }

  @Test
  void thePlaceIsTheFirstFrameOfTheProgram() throws Exception {
    var dump =
        of(
            """
            {"tid": 1, "stack": ["java.base/java.util.concurrent.locks.LockSupport.park(X)",
              "app.Main.work(Main.java:3)", "java.base/java.lang.Thread.run(Thread.java:1)"]},
            {"tid": 2, "stack": ["java.base/java.lang.VirtualThread.park(X)",
              "java.base/java.util.concurrent.locks.ReentrantLock.lock(X)"]},
            {"tid": 3, "stack": ["java.base/java.lang.VirtualThread.park(X)"]},
            {"tid": 4, "stack": []}
            """);
    assertEquals(
        List.of(
            "app.Main.work(Main.java:3)",
            "java.base/java.util.concurrent.locks.ReentrantLock.lock(X)",
            "java.base/java.lang.VirtualThread.park(X)",
            "no Java frame"),
        dump.threads().map(DumpedThread::place).toList());
  }
}
