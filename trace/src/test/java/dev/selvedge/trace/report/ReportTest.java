package dev.selvedge.trace.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.recording.Drop;
import dev.selvedge.trace.recording.Outcome;
import dev.selvedge.trace.recording.SampleProcess;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReportTest {
  private static final long MS = 1_000_000;

  private static Report report(SampleProcess... processes) {
    return Report.of(SampleProcess.recording(processes));
  }

  private static List<String> path(SampleProcess... processes) {
    return report(processes).path().steps().stream()
        .map(
            step ->
                step.pattern()
                    + " "
                    + step.activity()
                    + " "
                    + step.time() / MS
                    + (step.saves() > 0 ? " saves " + Math.round(step.saves() / 1e6) : ""))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "page-17, page-*",
    "x1y22z333, x*y*z*",
    "plain, plain",
    "job 123e4567-e89b-12d3-a456-426614174000, job *",
    "deadbeef01 is one, * is one",
    "facade, facade",
    "https://host:8080/x/9?y=10, https://host:*/x/*?y=*"
  })
  void foldsNamesThatDifferInNumbers(String name, String pattern) {
    assertEquals(pattern, new NamePattern().of(name));
  }

  @Test
  void addsUpTheTasksOfAPattern() {
    var process = new SampleProcess(1).wait(1, "lock", 0, 20, 30);
    for (int i = 1; i <= 100; i++) {
      process.task(
          i, "page-" + i, 0, 0, 0, 10, 10 + i, i == 7 ? Outcome.FAILED : Outcome.SUCCEEDED);
    }
    process.task(101, "page-101", 0, 0, 0, 5, 5, Outcome.CANCELLED);
    var sum = report(process).sums().getFirst();
    assertEquals("page-*", sum.pattern());
    assertEquals(101, sum.count());
    assertEquals(1005 * MS, sum.queued());
    assertEquals(10 * MS, sum.blocked());
    assertEquals(5040 * MS, sum.running());
    assertEquals(1, sum.failed());
    assertEquals(1, sum.cancelled());
    assertTrue(Math.abs(sum.p50() - 50 * MS) <= 50 * MS / 1000, "p50 is " + sum.p50());
    assertTrue(Math.abs(sum.p99() - 99 * MS) <= 99 * MS / 1000, "p99 is " + sum.p99());
  }

  /// The parent reads, forks two, and waits for the slower one.
  private static SampleProcess forkAndJoin() {
    return new SampleProcess(1)
        .wait(1, "join", 3, 10, 110)
        .task(1, "parent", 0, 0, 0, 120)
        .task(2, "fast-2", 1, 10, 10, 90)
        .task(3, "slow-3", 1, 10, 30, 110);
  }

  @Test
  void theCriticalPathGoesThroughTheChildThatWasWaitedFor() {
    assertEquals(
        List.of("slow-* running 80 saves 30", "parent running 20 saves 10", "slow-* queued 20"),
        path(forkAndJoin()));
  }

  @Test
  void thePathIsAsLongAsEverythingTook() {
    var path = report(forkAndJoin()).path();
    assertEquals(120 * MS, path.total());
    assertEquals(120 * MS, path.steps().stream().mapToLong(Step::time).sum());
  }

  @Test
  void aGroupIsWaitedForByItsOwner() {
    var process =
        new SampleProcess(1)
            .wait(1, "group", 0, 5, 100)
            .group(9, "pages", 1, 0, 100)
            .task(1, "owner", 0, 0, 0, 110)
            .task(2, "page-1", 1, 9, 5, 5, 60, Outcome.SUCCEEDED)
            .task(3, "page-2", 1, 9, 5, 5, 100, Outcome.SUCCEEDED);
    assertEquals(List.of("page-* running 95 saves 48", "owner running 15 saves 8"), path(process));
  }

  @Test
  void whoHasALockIsWaitedFor() {
    var process =
        new SampleProcess(1)
            .wait(2, "lock", 1, 20, 80)
            .task(1, "holder", 0, 0, 0, 80)
            .task(2, "waiter", 0, 10, 10, 100);
    assertEquals(
        List.of("holder running 80 saves 40", "waiter running 20 saves 10"), path(process));
  }

  @Test
  void whatRunsOneAfterTheOtherIsOnThePath() {
    var process =
        new SampleProcess(1).task(1, "first", 0, 0, 0, 50).task(2, "second", 0, 60, 60, 100);
    assertEquals(
        List.of(
            "first running 50 saves 25",
            "second running 40 saves 20",
            "(outside of tasks) running 10"),
        path(process));
  }

  /// As `main` has no task, its waits are those of task 0, or of the group that it opened.
  @Test
  void whatMainWaitedForIsOnThePathIfItWasRecorded() {
    var process =
        new SampleProcess(1)
            .group(9, "pages", 0, 0, 60)
            .wait(9, "group", 0, 0, 60)
            .wait(0, "join", 4, 60, 90)
            .task(2, "page", 0, 9, 0, 0, 60, Outcome.SUCCEEDED)
            .task(3, "server", 0, 10, 10, 100)
            .task(4, "last", 0, 60, 60, 90);
    assertEquals(
        List.of("page running 60", "last running 30", "(outside of tasks) running 10"),
        path(process));
  }

  @Test
  void aWaitInTheBodyOfAGroupIsOneOfWhoOpenedTheGroup() {
    var process =
        new SampleProcess(1)
            .group(9, "outer", 1, 0, 90)
            .group(8, "inner", 9, 10, 80)
            .wait(8, "join", 2, 10, 80)
            .task(1, "owner", 0, 0, 0, 90)
            .task(2, "page", 1, 8, 10, 10, 80, Outcome.SUCCEEDED);
    assertEquals(List.of("page running 70 saves 35", "owner running 20 saves 10"), path(process));
  }

  /// A crawler's pages fork each other, while the owner of their group waits for all of them.
  @Test
  void whatIsForkedWhileTheParentWaitsCameFromAnotherTaskOfTheGroup() {
    var process =
        new SampleProcess(1)
            .group(9, "pages", 1, 0, 100)
            .wait(9, "group", 0, 6, 100)
            .task(1, "owner", 0, 0, 0, 100)
            .task(2, "first", 1, 9, 6, 6, 50, Outcome.SUCCEEDED)
            .task(3, "second", 1, 9, 50, 50, 100, Outcome.SUCCEEDED);
    assertEquals(
        List.of(
            "second running 50 saves 25", "first running 44 saves 22", "owner running 6 saves 3"),
        path(process));
  }

  @Test
  void aChildInAWorkerProcessIsWaitedForByTheParentHere() {
    var here = new SampleProcess(1).wait(7, "join", 8, 10, 90).task(7, "here", 0, 0, 0, 100);
    // An id of its own that is the same as one of here, but not at that time.
    var worker = new SampleProcess(2).task(7, "other", 0, 0, 0, 5).task(8, "there", 7, 10, 10, 90);
    assertEquals(
        "there running 80 saves 40", path(here, worker).stream().findFirst().orElseThrow());
  }

  @Test
  void whatIsOffThePathSavesNothing() {
    assertTrue(path(forkAndJoin()).stream().noneMatch(step -> step.startsWith("fast")));
  }

  @Test
  void namesTheLinesThatSwallowedInterrupts() {
    var report =
        report(
            new SampleProcess(1)
                .task(1, "a", 0, 0, 0, 10)
                .cancel(1, "a", 2, 0, 30, "A.b(A.java:7)")
                .cancel(2, "b", 2, 0, 50, "A.b(A.java:7)")
                .cancel(3, "c", 2, 0, 1, ""));
    assertEquals(List.of(new SwallowingLine("A.b(A.java:7)", 2, 50 * MS)), report.swallowed());
    assertEquals("b", report.cancellations().getFirst().name());
  }

  @Test
  void addsUpWhatWasDropped() {
    var report =
        report(
            new SampleProcess(1).task(1, "a", 0, 0, 0, 10).drop("waits", 2),
            new SampleProcess(2).drop("waits", 3).drop("tasks", 1));
    assertEquals(List.of(new Drop("tasks", 1), new Drop("waits", 5)), report.drops());
  }

  @Test
  void aHundredThousandChildrenAreNoProblem() {
    var process = new SampleProcess(1);
    process.task(1, "parent", 0, 0, 0, 200_000);
    for (int i = 0; i < 100_000; i++) {
      process.task(2 + i, "child-" + i, 1, i, i, i + 3);
    }
    var report = report(process);
    assertEquals(2, report.sums().size());
    assertEquals(200_000 * MS, report.path().total());
  }
}
