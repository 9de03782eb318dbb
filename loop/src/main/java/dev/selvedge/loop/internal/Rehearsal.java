package dev.selvedge.loop.internal;

import dev.selvedge.Tasks;
import dev.selvedge.internal.Tracing;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Ticket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/// Shows the JIT what comes behind a wait, while everybody only begins to wait.
///
/// If a program starts a million coroutines that sleep, the JIT compiles `VirtualThread.sleepNanos`
/// and our own `Waiter.await` before the first of them has woken up. It has never seen the code
/// behind the wait, and so compiles a trap into its place. Then each of the million falls into it,
/// and its frame is deoptimized: 10 µs each, five times as much as all the rest
/// (`-Xlog:deoptimization=debug` shows it as `unstable_if`). A second run of the same code finds it
/// compiled anew, and is fast.
///
/// So while timers pile up and none of them fires, the loop now and then lets a few tasks sleep for
/// a moment, in a pool of their own whose steps it makes at once. Where it happens once for
/// [#INTERVAL] timers, and more often at first, the profile that the JIT collects in thousands of
/// calls has seen both sides. It costs about a twentieth of what the timers do, and ends for good
/// when the JVM has seen enough timers fire.
final class Rehearsal {
  private static final int FIRST_INTERVAL = 64;
  private static final int INTERVAL = 1024;
  private static final int ENOUGH = 200_000;
  private static final int TASKS = 8; // of each kind
  private static final Duration MOMENT = Duration.ofNanos(20_000);

  /// How many timers have fired in this JVM; updates that are lost do not matter.
  private static volatile int fired;

  // of the runner's thread
  private final Stage stage;
  private int added;
  private int interval = FIRST_INTERVAL;

  Rehearsal(CoroutineScheduler scheduler) {
    this.stage = new Stage(scheduler);
  }

  /// {@return whether there is nothing to show any more, in this JVM}
  static boolean isOver() {
    return fired >= ENOUGH;
  }

  /// Counts timers that have fired.
  @SuppressWarnings("NonAtomicVolatileUpdate") // a few more or less
  void fired(int count) {
    if (count > 0) {
      fired += count;
      added = 0;
    }
  }

  /// Counts a timer that was added.
  void added() {
    added++;
  }

  /// Called between two steps.
  void runIfDue() {
    if (added >= interval) {
      added = 0;
      interval = Math.min(2 * interval, INTERVAL);
      if (!Tracing.isOn()) { // who looks at tasks shall see the program's
        stage.run();
      }
    }
  }

  /// A pool whose tasks run on the thread of its owner, when that says so.
  private static final class Stage extends AbstractPool {
    private final Steps steps;

    Stage(CoroutineScheduler scheduler) {
      super(
          "rehearsal",
          LoopKernel.INSTANCE,
          Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
          1);
      this.steps = new Steps(scheduler);
    }

    @Override
    protected void launch(Ticket ticket) {
      VirtualThreads.unstarted(steps, ticket).start();
    }

    void run() {
      for (int i = 0; i < TASKS; i++) {
        submit(() -> Tasks.sleep(MOMENT));
        submit(() -> Thread.sleep(MOMENT));
      }
      steps.make();
    }
  }

  /// A scheduler by which every timed wait is over at once.
  private static final class Steps extends ForkJoinPool {
    private final CoroutineScheduler scheduler;
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();

    Steps(CoroutineScheduler scheduler) {
      super(1, CoroutineScheduler::refuseWorker, null, true, 0, 1, 0, null, 1, TimeUnit.SECONDS);
      this.scheduler = scheduler;
    }

    @Override
    public void execute(Runnable step) {
      queue.add(step);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
      Timer timer = new Timer(scheduler, action, 0);
      queue.add(timer::fire);
      return timer;
    }

    void make() {
      for (Runnable step; (step = queue.poll()) != null; ) {
        step.run();
      }
    }
  }
}
