package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.selvedge.Pool;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

@Timeout(60)
class ExploreTest {

  /// Tests that this test runs; no build finds them by their name.
  static class Cases {
    static final List<String> CALLS = new ArrayList<>();

    @BeforeEach
    void before() {
      CALLS.add("before");
    }

    @Explore(seeds = 7)
    void counts(Pool pool) {
      CALLS.add(pool.name());
    }

    @Explore(replay = {4711, 4712})
    void replays() {
      CALLS.add("call");
    }

    @Explore(seeds = 3, checked = true)
    void runsTwice(TestInfo info) {
      CALLS.add(info.getDisplayName());
    }

    @Explore
    void losesAnUpdate(Pool pool) throws Exception {
      int[] counter = {0};
      TaskGroup.run(
          group -> {
            for (int i = 0; i < 2; i++) {
              group.fork(
                  () -> {
                    int seen = counter[0];
                    Kernel.current().step();
                    counter[0] = seen + 1;
                  });
            }
          });
      assertEquals(2, counter[0], "updates");
    }

    @Explore
    void sleeps() throws Exception {
      Thread.sleep(1_000_000);
    }

    @Explore(from = 5, strict = false)
    void failsThoughItIsNotStrict() throws Exception {
      Thread.sleep(1);
      throw new IllegalStateException("planned");
    }

    @Explore
    void isAborted() {
      assumeTrue(false, "not here");
    }
  }

  private static final Map<String, TestExecutionResult> RESULTS = new HashMap<>();
  private static final Map<String, List<String>> CALLS = new HashMap<>();

  /// Runs the cases, once for all tests.
  @BeforeEach
  void runCases() {
    if (RESULTS.isEmpty()) {
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Cases.class)).build(),
              new TestExecutionListener() {
                @Override
                public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                  String name = test.getDisplayName().replaceAll("\\(.*", "");
                  RESULTS.put(name, result);
                  CALLS.put(name, List.copyOf(Cases.CALLS));
                  Cases.CALLS.clear();
                }
              });
    }
  }

  private static TestExecutionResult result(String name) {
    return Objects.requireNonNull(RESULTS.get(name), name);
  }

  private static String message(String name) {
    return result(name).getThrowable().map(Throwable::getMessage).orElse("");
  }

  @Test
  void callsTheMethodOnceForEachSeedAndTheOthersOnce() {
    assertEquals(
        List.of("before", "seeded", "seeded", "seeded", "seeded", "seeded", "seeded", "seeded"),
        CALLS.get("counts"));
    assertEquals(Optional.empty(), result("counts").getThrowable());
  }

  @Test
  void callsItForTheSeedsThatAreReplayed() {
    assertEquals(List.of("before", "call", "call"), CALLS.get("replays"));
  }

  @Test
  void callsItTwiceIfItIsCheckedAndLeavesOtherParametersToOthers() {
    List<String> calls = CALLS.getOrDefault("runsTwice", List.of());
    assertEquals(7, calls.size());
    assertEquals("runsTwice(TestInfo)", calls.getLast());
  }

  @Test
  void aFailureEndsWithTheLineThatReplaysIt() {
    String message = message("losesAnUpdate");
    assertTrue(message.contains("updates ==> expected: <2> but was: <1>"), message);
    assertTrue(message.matches("(?s).*\\nReplay it with @Explore\\(replay = \\d+\\)"), message);
    assertTrue(message.contains("   step        time  1 2 3\n"), message);
    assertTrue(
        message("failsThoughItIsNotStrict").endsWith("@Explore(replay = 5, strict = false)"));
  }

  @Test
  void isStrictUnlessItSaysOtherwise() {
    assertTrue(message("sleeps").contains("which a strict schedule refuses"));
    assertTrue(message("failsThoughItIsNotStrict").contains("planned"));
  }

  @Test
  void anAssumptionThatDoesNotHoldAbortsTheTest() {
    assertEquals(TestExecutionResult.Status.ABORTED, result("isAborted").getStatus());
  }
}
