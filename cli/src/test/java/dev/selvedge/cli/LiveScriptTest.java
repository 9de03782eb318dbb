package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.jr.ob.JSON;

/// `selvedge tree`, `why` and `doctor` on programs with Selvedge in them.
final class LiveScriptTest {
  private static final List<String> OPEN_LOCKS =
      List.of("--add-opens", "java.base/java.util.concurrent.locks=ALL-UNNAMED");

  @TempDir private static Path folder;

  private static Script.Result selvedge(String... arguments) throws Exception {
    return Script.onThisBuild(folder).run(arguments);
  }

  private static void assertMatches(String text, String... lines) {
    assertTrue(text.matches("(?s)" + String.join("\n", lines)), text);
  }

  @Test
  void findsADeadlockAmongMutexMonitorAndJoinOnVirtualAndPlatformThreads() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "mixed")) {
      var doctor = selvedge("doctor", shop.pid());
      assertEquals(0, doctor.exitCode(), doctor.err());
      assertMatches(doctor.out(), ".*", "DEADLOCK: .*");
      assertMatches(
          doctor.out(),
          ".*, task 'shop/porter'",
          "      waits for dev.selvedge.sync.Mutex@\\S+",
          "          at dev.selvedge.cli.Shop\\..*",
          "      held by virtual thread #\\d+, task 'shop/clerk'.*");
      assertMatches(
          doctor.out(),
          ".*, task 'shop/clerk'",
          "      waits for the task 'packer'",
          ".*",
          "      run by thread #\\d+ .*, task 'packer'.*");
      assertMatches(
          doctor.out(),
          ".*, task 'packer'",
          "      waits for the monitor of java.lang.Object@\\S+",
          ".*",
          "      held by virtual thread #\\d+, task 'shop/porter'.*");
    }
  }

  @Test
  void findsADeadlockAtLocksOfVirtualThreadsIfTheOwnerMayBeTold() throws Exception {
    try (var shop = ChildJvm.start(OPEN_LOCKS, Shop.class, "locks")) {
      var doctor = selvedge("doctor", shop.pid());
      assertMatches(
          doctor.out(),
          ".*",
          "DEADLOCK: .*waits for the lock java.util.concurrent.locks.ReentrantLock.*");
    }
    try (var shop = ChildJvm.start(Shop.class, "locks")) {
      var doctor = selvedge("doctor", shop.pid());
      assertMatches(
          doctor.out(),
          ".*",
          "No deadlock found.",
          ".*owner unknown:.*--add-opens java.base/java.util.concurrent.locks=.*");
    }
  }

  @Test
  void theTreeShowsWhoHoldsWhatTasksWaitFor() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "mixed")) {
      var tree = selvedge("tree", shop.pid());
      assertEquals("", tree.err());
      assertMatches(
          tree.out(),
          "3 tasks: 1 blocked, 2 waiting",
          ".*pool 'threads:2' open",
          "└─ task 'packer' #\\d+ blocked",
          ".*group 'shop' .*, opened by the thread 'main', open for .*",
          "├─ task 'porter' #\\d+ waiting for dev.selvedge.sync.Mutex@\\S+, held by 'shop/clerk'",
          "└─ task 'clerk' #\\d+ waiting for the task 'packer'",
          ".*");
      Map<String, Object> json = JSON.std.mapFrom(selvedge("tree", "--json", shop.pid()).out());
      assertEquals("selvedge.tree/1", json.get("schema"));
      assertEquals(Map.of("blocked", 1, "waiting", 2), json.get("states"));
    }
  }

  @Test
  void manyTasksAreOneLine() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "many", "5000")) {
      var tree = selvedge("tree", shop.pid());
      assertMatches(
          tree.out(),
          "5,000 tasks: 5,000 waiting",
          ".*",
          "└─ 5,000 × task 'customer #' waiting for dev.selvedge.sync.Event@\\S+",
          "");
    }
  }

  @Test
  void whyFollowsTheChainAndKnowsACircle() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "mixed")) {
      var why = selvedge("why", shop.pid(), "porter");
      assertMatches(
          why.out(),
          "the task 'shop/porter' is waiting for dev.selvedge.sync.Mutex@\\S+, held by"
              + " 'shop/clerk'",
          "    at dev.selvedge.cli.Shop\\..*",
          "  because the task 'shop/clerk' is waiting for the task 'packer'",
          ".*  because the task 'packer' is blocked",
          ".*");
      var missing = selvedge("why", shop.pid(), "portr");
      assertEquals(4, missing.exitCode());
      assertMatches(
          missing.err(),
          "selvedge why: process \\d+ has no task 'portr' that is not done; the nearest are"
              + " porter.*",
          "");
    }
  }

  @Test
  void doctorTellsOfLeakedGroupsAndIgnoredCancellations() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "leaks")) {
      var doctor = selvedge("doctor", shop.pid());
      assertMatches(
          doctor.out(),
          ".*",
          "The group 'forgotten' is open, but its thread 'opener' has ended; 1 of its tasks is not"
              + " done.",
          "Remedy: .*");
      assertMatches(
          doctor.out(),
          ".*",
          "The task 'stubborn' #\\d+ was cancelled and still runs: the shop closes",
          "    at dev.selvedge.cli.Shop\\..*",
          "Remedy: .*");
      var why = selvedge("why", shop.pid(), "stubborn");
      assertMatches(why.out(), ".*", "cancelled: the shop closes", "");
    }
  }

  @Test
  void ofAJvmWithoutSelvedgeTheTreeShowsWhereThreadsAre() throws Exception {
    try (var jvm = ChildJvm.withoutSelvedge(Stuck.class, "virtual")) {
      var tree = selvedge("tree", jvm.pid());
      assertMatches(
          tree.out(),
          "\\d+ threads, 2 of them virtual; Selvedge is not asked",
          "",
          "<root>: \\d+ threads",
          ".*  1 × virtual, blocked on java.lang.Object",
          "      at dev.selvedge.cli.Stuck.monitors\\(Stuck.java:\\d+\\)",
          ".*");
      var why = selvedge("why", jvm.pid(), "any");
      assertEquals(4, why.exitCode());
      assertMatches(why.err(), "selvedge why: process \\d+ does not use Selvedge, .*", "");
    }
  }

  @Test
  void psListsWhatCanBeLookedInto() throws Exception {
    try (var shop = ChildJvm.start(List.of("-XX:-UsePerfData"), Shop.class, "many", "1")) {
      var ps = selvedge("ps");
      assertEquals(0, ps.exitCode(), ps.err());
      assertTrue(
          ps.out()
              .lines()
              .anyMatch(
                  line ->
                      line.matches(
                          " *" + shop.pid() + "  25\\S* +selvedge +dev.selvedge.cli.Shop")),
          ps.out());
      var around = selvedge("doctor");
      assertTrue(around.out().startsWith("this command runs on JDK "), around.out());
      assertTrue(around.out().contains(shop.pid() + " "), around.out());
    }
  }

  @Test
  void topCountsTasksOfTheSameNameAndWait() throws Exception {
    try (var shop = ChildJvm.start(Shop.class, "many", "7")) {
      var top = selvedge("top", "--once", shop.pid());
      assertMatches(
          top.out(),
          shop.pid() + ": 7 tasks: 7 waiting",
          "",
          " *TASKS  STATE +NAME +GROUP +WAITS FOR",
          " +7  waiting +customer # +shop +dev.selvedge.sync.Event@\\S+",
          "",
          "");
      Map<String, Object> json =
          JSON.std.mapFrom(selvedge("top", "--once", "--json", shop.pid()).out());
      assertEquals("selvedge.top/1", json.get("schema"));
      assertEquals(Map.of("waiting", 7), json.get("states"));
    }
  }
}
