package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script in a checkout where nothing is built, with a stand-in for Maven.
final class BuildScriptTest {
  @TempDir private Path folder;
  private Path checkout = Path.of("");

  @BeforeEach
  void lookLikeACheckout() throws IOException {
    checkout = Files.createDirectories(folder.resolve("check out"));
    Files.copy(Script.thisScript(), checkout.resolve("selvedge"));
    assertTrue(checkout.resolve("selvedge").toFile().setExecutable(true));
    Files.writeString(checkout.resolve("pom.xml"), "");
    for (var module : List.of("core", "loop", "testkit", "process", "trace", "cli")) {
      Files.createDirectories(checkout.resolve(module).resolve("src/main"));
      Files.writeString(checkout.resolve(module).resolve("pom.xml"), "");
    }
  }

  private Script script() {
    var path = folder.resolve("bin") + ":" + System.getenv("PATH");
    return Script.at(checkout.resolve("selvedge"), folder).with("PATH", path);
  }

  private void mvn(String body) throws IOException {
    Script.executable(
        folder.resolve("bin/mvn"),
        "#!/bin/sh\necho run >>'" + folder + "/mvn.log'\n" + body + "\n");
  }

  /// "Builds" by copying what the real build has made, without an AOT cache: that would take long.
  private void mvnThatWorks() throws IOException {
    var version = "$(sed -n 's/^JAVA_RUNTIME_VERSION=\"\\(.*\\)\"/\\1/p' \"$JAVA_HOME/release\")";
    mvn(
        """
        to=cli/target/launcher
        mkdir -p $to && cp -R '%s' $to/dist && rm -f $to/dist/cli/*.aot
        : >"$to/dist/cli/%s.aot"
        """
            .formatted(Script.thisDist(), version));
  }

  private long builds() throws IOException {
    return Files.readAllLines(folder.resolve("mvn.log")).size();
  }

  @Test
  void buildsOnFirstUseAndAfterAChangeOnly() throws Exception {
    mvnThatWorks();
    var first = script().run("--version");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().contains("first use, building"), first.err());
    assertTrue(first.out().startsWith("selvedge "), first.out());

    assertEquals("", script().run("--version").err());
    assertEquals(1, builds());

    Files.writeString(checkout.resolve("core/src/main/New.java"), "");
    var changed = script().run("--version");
    assertTrue(changed.err().contains("sources have changed"), changed.err());
    assertEquals(2, builds());
  }

  @Test
  void concurrentFirstUsesBuildOnce() throws Exception {
    mvnThatWorks();
    buildOnce(script());
  }

  @Test
  void concurrentFirstUsesBuildOnceWhereThereIsNoFlock() throws Exception {
    mvnThatWorks();
    buildOnce(withoutFlock());
    assertTrue(Files.notExists(checkout.resolve("target/selvedge/lock")), "made by flock");
    assertTrue(
        Files.notExists(checkout.resolve("target/selvedge/lock.pid"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void aLockWhoseHolderIsGoneIsTakenOverWhereThereIsNoFlock() throws Exception {
    mvnThatWorks();
    var gone = new ProcessBuilder("true").start();
    assertEquals(0, gone.waitFor());
    Files.createDirectories(checkout.resolve("target/selvedge"));
    Files.createSymbolicLink(
        checkout.resolve("target/selvedge/lock.pid"), Path.of(Long.toString(gone.pid())));
    var result = withoutFlock().run("--version");
    assertEquals(0, result.exitCode(), result.err());
    assertEquals(1, builds());
  }

  private Script withoutFlock() throws IOException {
    var path = folder.resolve("bin") + ":" + Script.pathWithout("flock", folder.resolve("tools"));
    return script().with("PATH", path);
  }

  private void buildOnce(Script script) throws Exception {
    try (var threads = Executors.newFixedThreadPool(3)) {
      Callable<Script.Result> use = () -> script.run("--version");
      for (var result : threads.invokeAll(Collections.nCopies(3, use))) {
        assertEquals(0, result.get().exitCode(), result.get().err());
      }
    }
    assertEquals(1, builds());
  }

  /// Even root cannot make a folder below a file.
  @Test
  void saysInOneLineThatItCannotMakeItsFolder() throws Exception {
    Files.createFile(checkout.resolve("target"));
    assertCannotWrite();
  }

  /// Even root cannot write to a folder.
  @Test
  void saysInOneLineThatItCannotLock() throws Exception {
    assumeTrue(Script.onPath("flock").isPresent(), "another kind of lock");
    Files.createDirectories(checkout.resolve("target/selvedge/lock"));
    assertCannotWrite();
  }

  private void assertCannotWrite() throws Exception {
    var result = script().run("--version");
    assertEquals(
        List.of("selvedge: cannot write to " + checkout.resolve("target/selvedge")),
        result.errLines());
    assertEquals(2, result.exitCode());
  }

  @Test
  void aFailedBuildShowsTheEndOfItsLog() throws Exception {
    mvn("echo '[INFO] fine'; echo '[ERROR] core/X.java:[3,5] cannot find symbol'; exit 1");
    var result = script().run("--version");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("X.java:[3,5] cannot find symbol"), result.err());
    assertTrue(result.errLines().getLast().contains("target/selvedge/build.log"), result.err());
    assertTrue(!result.err().contains("fine"), result.err());
  }

  @Test
  void saysInOneLineThatMavenIsMissing() throws Exception {
    var path = Script.pathWithout("mvn", folder.resolve("tools"));
    var result =
        Script.at(checkout.resolve("selvedge"), folder).with("PATH", path).run("--version");
    assertEquals(1, result.errLines().size(), result.err());
    assertTrue(result.err().contains("needs Maven"), result.err());
    assertEquals(2, result.exitCode());
  }

  @Test
  void runsThroughASymbolicLink() throws Exception {
    mvnThatWorks();
    var link = folder.resolve("link");
    Files.createSymbolicLink(link, Path.of("check out/selvedge"));
    var path = folder.resolve("bin") + ":" + System.getenv("PATH");
    var result = Script.at(link, folder).with("PATH", path).run("--version");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(Files.exists(checkout.resolve("target/selvedge/current")));
  }
}
