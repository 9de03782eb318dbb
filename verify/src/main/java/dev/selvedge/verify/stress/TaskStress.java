package dev.selvedge.verify.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.selvedge.internal.TaskImpl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// The state of a task between the thread that runs it and those that cancel it or wait for it.
public final class TaskStress {
  private TaskStress() {}

  /// Cancelling what has not started, against its start.
  @JCStressTest
  @Description(
      "FUT-12: a task that was cancelled before its start never runs, and one that has started is"
          + " not cancelled by cancel(false)")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "it had started")
  @Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "it was cancelled and never ran")
  @Outcome(expect = FORBIDDEN, desc = "cancelled and run, or neither")
  @State
  public static class CancelAgainstStart {
    private final AtomicInteger runs = new AtomicInteger();
    private final TaskImpl<Integer> task = Tasks.of(runs::incrementAndGet);

    /// The worker.
    @Actor
    public void worker() {
      task.run();
    }

    /// The canceller.
    @Actor
    public void canceller(III_Result r) {
      r.r1 = task.cancel(false) ? 1 : 0;
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r2 = runs.get();
      r.r3 = Tasks.state(task);
    }
  }

  /// Cancelling with interrupt, against the end of the task.
  @JCStressTest
  @Description(
      "FUT-01 FUT-08: exactly one outcome, callbacks exactly once, and no interrupt is left for the"
          + " next task of the thread")
  @Outcome(id = "0, 1, 1, 0", expect = ACCEPTABLE, desc = "it was done before")
  @Outcome(
      id = "1, 1, 1, 0",
      expect = ACCEPTABLE,
      desc = "cancellation was requested, and the value wins")
  @Outcome(id = "1, 1, 2, 0", expect = ACCEPTABLE, desc = "it was cancelled")
  @Outcome(
      expect = FORBIDDEN,
      desc = "two outcomes, a callback lost or repeated, or an interrupt that leaks")
  @State
  public static class CancelAgainstCompletion {
    private final AtomicInteger callbacks = new AtomicInteger();
    private final TaskImpl<Integer> task = Tasks.of(() -> 5);

    /// Adds the callback.
    public CancelAgainstCompletion() {
      task.onDone(done -> callbacks.incrementAndGet());
    }

    /// The worker.
    @Actor
    public void worker(IIII_Result r) {
      task.run();
      r.r4 = Thread.interrupted() ? 1 : 0;
    }

    /// The canceller.
    @Actor
    public void canceller(IIII_Result r) {
      r.r1 = task.cancel("stop") ? 1 : 0;
    }

    /// What came of it.
    @Arbiter
    public void outcome(IIII_Result r) {
      r.r2 = callbacks.get();
      r.r3 = Tasks.state(task);
    }
  }

  /// Cancelling code that looks at its interrupt, against its end.
  @JCStressTest
  @Description(
      "FUT-01: after a delivered cancellation the task is cancelled only if its code has thrown")
  @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "it was done before")
  @Outcome(
      id = "1, 1, 0",
      expect = ACCEPTABLE,
      desc = "cancellation was requested too late, and the value wins")
  @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "it was cancelled")
  @Outcome(
      expect = FORBIDDEN,
      desc = "cancelled without a request, failed, or an interrupt that leaks")
  @State
  public static class CancelOfCodeThatListens {
    private final TaskImpl<Integer> task =
        Tasks.of(
            () -> {
              if (Thread.interrupted()) {
                throw new InterruptedException();
              }
              return 5;
            });

    /// The worker.
    @Actor
    public void worker(III_Result r) {
      task.run();
      r.r3 = Thread.interrupted() ? 1 : 0;
    }

    /// The canceller.
    @Actor
    public void canceller(III_Result r) {
      r.r1 = task.cancel("stop") ? 1 : 0;
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r2 = Tasks.state(task);
    }
  }

  /// Two that want to run the same task.
  @JCStressTest
  @Description("FUT-12: the claim of a task is won by one")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "run once")
  @Outcome(expect = FORBIDDEN, desc = "run twice, or a callback lost or repeated")
  @State
  public static class TwoWorkers {
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger callbacks = new AtomicInteger();
    private final TaskImpl<Integer> task = Tasks.of(runs::incrementAndGet);

    /// Adds the callback.
    public TwoWorkers() {
      task.onDone(done -> callbacks.incrementAndGet());
    }

    /// A worker.
    @Actor
    public void worker() {
      task.run();
    }

    /// Another one, or a helper in place.
    @Actor
    public void helper() {
      task.run();
    }

    /// What came of it.
    @Arbiter
    public void outcome(II_Result r) {
      r.r1 = runs.get();
      r.r2 = callbacks.get();
    }
  }

  /// Two that cancel at the same time.
  @JCStressTest
  @Description("FUT-01: both are told that it was requested, and callbacks run once")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "cancelled once")
  @Outcome(
      expect = FORBIDDEN,
      desc = "a canceller that is told otherwise, or a callback lost or repeated")
  @State
  public static class TwoCancellers {
    private final AtomicInteger callbacks = new AtomicInteger();
    private final TaskImpl<Integer> task = Tasks.of(() -> 5);

    /// Adds the callback.
    public TwoCancellers() {
      task.onDone(done -> callbacks.incrementAndGet());
    }

    /// One.
    @Actor
    public void one(III_Result r) {
      r.r1 = task.cancel("one") ? 1 : 0;
    }

    /// The other.
    @Actor
    public void other(III_Result r) {
      r.r2 = task.cancel("other") ? 1 : 0;
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r3 = callbacks.get();
    }
  }

  /// Adding callbacks, against the end of the task.
  @JCStressTest
  @Description(
      "FUT-08 FUT-09 FUT-11: each callback runs exactly once, in the order in which they were"
          + " added")
  @Outcome(id = "123", expect = ACCEPTABLE, desc = "each once, in order")
  @Outcome(expect = FORBIDDEN, desc = "lost, repeated or out of order")
  @State
  public static class CallbackAgainstCompletion {
    private int order; // callbacks run one at a time
    private final TaskImpl<Integer> task = Tasks.of(() -> 5);

    /// Adds the first callback.
    public CallbackAgainstCompletion() {
      task.onDone(done -> order = order * 10 + 1);
    }

    /// The worker.
    @Actor
    public void worker() {
      task.run();
    }

    /// Adds two more.
    @Actor
    public void adder() {
      task.onDone(done -> order = order * 10 + 2);
      task.onDone(done -> order = order * 10 + 3);
    }

    /// What came of it.
    @Arbiter
    public void outcome(I_Result r) {
      r.r1 = order;
    }
  }

  /// Waiting for a task, against its end.
  @JCStressTest
  @Description("FUT-06: a waiter is woken with the value, and sees what the task has written")
  @Outcome(id = "5, 7", expect = ACCEPTABLE, desc = "the value, and what was written before")
  @Outcome(expect = FORBIDDEN, desc = "woken without")
  @State
  public static class AwaitAgainstCompletion {
    private int written;
    private final TaskImpl<Integer> task =
        Tasks.of(
            () -> {
              written = 7;
              return 5;
            });

    /// The worker.
    @Actor
    public void worker() {
      task.run();
    }

    /// The waiter.
    @Actor
    public void waiter(II_Result r) {
      Uninterrupted.run(
          () -> {
            r.r1 = task.await();
            r.r2 = written;
          });
    }
  }

  /// The report of a task that runs elsewhere, against its cancellation.
  @JCStressTest
  @Description(
      "FUT-02: the canceller is told exactly if the request was taken, and a reported value wins")
  @Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "it was done before")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "requested, and the value wins")
  @Outcome(expect = FORBIDDEN, desc = "two outcomes, or a canceller that does not know")
  @State
  public static class ReportAgainstCancel {
    private final AtomicInteger told = new AtomicInteger();
    private final TaskImpl<Integer> task = Tasks.of(() -> 5);

    /// Begins the task.
    public ReportAgainstCancel() {
      task.begin(why -> told.incrementAndGet());
    }

    /// The one that reports.
    @Actor
    public void reporter() {
      task.succeed(5);
    }

    /// The canceller.
    @Actor
    public void canceller(III_Result r) {
      r.r1 = task.cancel("stop") ? 1 : 0;
    }

    /// What came of it.
    @Arbiter
    public void outcome(III_Result r) {
      r.r2 = told.get();
      r.r3 = Tasks.state(task);
    }
  }

  /// What others see of a task that is being cancelled, against its code.
  @JCStressTest
  @Description("THREAD-07: a task that has begun is done only when its code has stopped")
  @Outcome(id = "0, ., .", expect = ACCEPTABLE, desc = "alive")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "cancelled before it began")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "done, and its code has stopped")
  @Outcome(expect = FORBIDDEN, desc = "done while its code runs")
  @State
  public static class DoneAgainstCode {
    private volatile boolean begun;
    private volatile boolean stopped;
    private final TaskImpl<Integer> task =
        Tasks.of(
            () -> {
              begun = true;
              try {
                if (Thread.interrupted()) {
                  throw new InterruptedException();
                }
                return 5;
              } finally {
                stopped = true;
              }
            });

    /// The worker.
    @Actor
    public void worker() {
      task.run();
    }

    /// The one that cancels and looks.
    @Actor
    public void observer(III_Result r) {
      task.cancel("stop");
      r.r1 = task.isDone() ? 1 : 0;
      r.r2 = begun ? 1 : 0;
      r.r3 = stopped ? 1 : 0;
    }
  }

  /// A wait for several tasks, against their ends.
  @JCStressTest
  @Description("WAIT-06: a wait for tasks that end while it begins sees all of them")
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "all of them")
  @Outcome(expect = FORBIDDEN, desc = "one was missed")
  @State
  public static class AwaitAllAgainstCompletions {
    private final TaskImpl<Integer> one = Tasks.of(() -> 1);
    private final TaskImpl<Integer> two = Tasks.of(() -> 2);
    private final TaskImpl<Integer> three = Tasks.of(() -> 3);

    /// The waiter.
    @Actor
    public void waiter(I_Result r) {
      Uninterrupted.run(
          () -> {
            var all = List.of(one, two, three);
            r.r1 = dev.selvedge.Tasks.awaitAll(all, Duration.ofSeconds(10)).done().size();
          });
    }

    /// The worker.
    @Actor
    public void worker() {
      two.run();
      three.run();
      one.run();
    }
  }
}
