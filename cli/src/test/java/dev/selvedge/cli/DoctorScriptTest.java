package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.jr.ob.JSON;

/// `selvedge doctor` on JVMs that know nothing of Selvedge.
final class DoctorScriptTest {
  @TempDir private static Path folder;

  private static Script.Result doctor(String... arguments) throws Exception {
    return Script.onThisBuild(folder).run(with("doctor", arguments));
  }

  private static String[] with(String first, String... rest) {
    var all = new String[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  private static Script.Result examine(String kind, String... options) throws Exception {
    try (var jvm = ChildJvm.withoutSelvedge(Stuck.class, kind)) {
      return doctor(with(jvm.pid(), options));
    }
  }

  @Test
  void namesADeadlockOfVirtualThreads() throws Exception {
    var result = examine("virtual");
    assertEquals("", result.err());
    assertEquals(0, result.exitCode());
    assertTrue(
        result
            .out()
            .matches(
                """
                (?s)\\d+ dev.selvedge.cli.Stuck, JDK \\S+: \\d+ threads, 2 of them virtual

                DEADLOCK: each waits for the next one, and the last one for the first
                  virtual thread #(\\d+) "(left|right)"
                      waits for the monitor of java.lang.Object@\\p{XDigit}+
                          at dev.selvedge.cli.Stuck.monitors\\(Stuck.java:\\d+\\)
                      held by virtual thread #(\\d+) "(left|right)"
                          since dev.selvedge.cli.Stuck.monitors\\(Stuck.java:\\d+\\)
                  virtual thread #\\3 "\\4"
                      waits for the monitor of java.lang.Object@\\p{XDigit}+
                          at dev.selvedge.cli.Stuck.monitors\\(Stuck.java:\\d+\\)
                      held by virtual thread #\\1 "\\2"
                          since dev.selvedge.cli.Stuck.monitors\\(Stuck.java:\\d+\\)
                Remedy: .*
                """
                    .replace("\n", "\\R")),
        result.out());
  }

  @Test
  void findsADeadlockBetweenVirtualAndPlatformThreads() throws Exception {
    var result = examine("mixed");
    assertTrue(result.out().contains("\nDEADLOCK: "), result.out());
    assertTrue(result.out().contains("  virtual thread #"), result.out());
    assertTrue(result.out().contains("  thread #"), result.out());
  }

  @Test
  void findsADeadlockAtLocksOfPlatformThreads() throws Exception {
    var result = examine("locks");
    assertTrue(result.out().contains("\nDEADLOCK: "), result.out());
    assertTrue(
        result.out().contains("waits for the lock java.util.concurrent.locks.ReentrantLock"));
  }

  @Test
  void saysWhereTheOwnerOfALockIsUnknown() throws Exception {
    var result = examine("unknown");
    assertTrue(result.out().contains("\nNo deadlock found.\n"), result.out());
    assertTrue(result.out().contains("\nLocks that are waited for, owner unknown:\n"));
    assertTrue(result.out().contains("at dev.selvedge.cli.Stuck.locks(Stuck.java:"), result.out());
    assertTrue(result.out().contains("\nRemedy: "), result.out());
  }

  @Test
  void findsNothingInAHealthyProgram() throws Exception {
    var result = examine("healthy");
    assertTrue(result.out().endsWith("\nNo deadlock found.\n"), result.out());
    assertEquals(0, result.exitCode());
  }

  @Test
  @SuppressWarnings("unchecked")
  void tellsTheSameInJson() throws Exception {
    var result = examine("mixed", "--json");
    Map<String, Object> all = JSON.std.mapFrom(result.out());
    assertEquals("selvedge.doctor/1", all.get("schema"));
    var deadlocks = (List<List<Map<String, Object>>>) Objects.requireNonNull(all.get("deadlocks"));
    assertEquals(1, deadlocks.size());
    var links = deadlocks.getFirst();
    assertEquals(2, links.size());
    assertEquals(links.getFirst().get("thread"), links.getLast().get("heldBy"));
    assertEquals(links.getLast().get("thread"), links.getFirst().get("heldBy"));
    assertEquals("monitor", links.getFirst().get("kind"));
  }

  private static void assertCannotAttach(String message, Script.Result result) {
    assertEquals(List.of("selvedge doctor: " + message), result.errLines());
    assertEquals("", result.out());
    assertEquals(3, result.exitCode());
  }

  @Test
  void saysThatThereIsNoSuchProcess() throws Exception {
    var ended = ChildJvm.withoutSelvedge(Stuck.class, "healthy");
    ended.close();
    assertCannotAttach(
        "there is no process " + ended.pid() + "; 'selvedge ps' lists the JVMs of this user",
        doctor(ended.pid()));
  }

  @Test
  void saysThatAProcessIsNoJvmAndLeavesItAlone() throws Exception {
    var cat = new ProcessBuilder("cat").start();
    try {
      assertCannotAttach(
          "process " + cat.pid() + " is not a JVM; 'selvedge ps' lists the JVMs of this user",
          doctor(Long.toString(cat.pid())));
      assertTrue(cat.isAlive());
    } finally {
      cat.destroy();
    }
  }

  @Test
  void saysThatAttachingIsDisabledAndLeavesTheProcessAlone() throws Exception {
    try (var jvm = ChildJvm.start(List.of("-XX:+DisableAttachMechanism"), Stuck.class, "healthy")) {
      assertCannotAttach(
          "process "
              + jvm.pid()
              + " was started with -XX:+DisableAttachMechanism; start it without that flag",
          doctor(jvm.pid()));
      assertFalse(jvm.hasPrinted(), "a signal made it print its threads");
    }
  }

  @Test
  void saysThatAnArgumentIsNoProcessId() throws Exception {
    var result = doctor("12x");
    assertEquals(
        List.of(
            "selvedge doctor: invalid value for positional parameter at index 0 (PID): '12x' is not"
                + " a process id; see selvedge doctor --help"),
        result.errLines());
    assertEquals(2, result.exitCode());
  }
}
