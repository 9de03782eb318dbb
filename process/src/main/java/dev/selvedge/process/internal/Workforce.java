package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.WorkerLostException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Lexicon;
import dev.selvedge.process.codec.Message;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.Ticket;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The workers of a pool, and which of them gets which task.
///
/// ```
///              start             ready, and there is work         worn out, idle too long
///   (nobody) ────────► starting ───────────────────────► on duty ─────────────────────────► retired
///                          │ ready, and nobody is missing   ▲            │
///                          └──────────► spare ──────────────┘            └─ lost: replaced
///                                        work, and one is missing
/// ```
///
/// Workers are started when there is work for them, up to the maximum. When all are there, spares
/// are started, which take the place of a lost or worn out worker at once.
///
/// **Tasks** wait in one queue. A worker has more than one if they are short, see [Worker#depth];
/// the next one goes to the worker that has the fewest. If the queue is empty and a worker has
/// nothing to do, it gets one that another has not begun. What a lost worker had not begun goes
/// before the queue.
///
/// A lock guards who has what. Workers' own locks are taken while it is held, never the other way
/// round; nobody waits with it, and no code of users runs.
public final class Workforce {
  private static final int FAILED_STARTS = 3;
  private static final int WORKERS_PER_TASK = 3; // that an idempotent one may cost
  private static final int REMEMBERED = 1_000;

  private final String pool;
  private final int maximum;
  private final ProcessOptions options;
  private final Codecs codecs;
  private final Lexicon lexicon;
  private final Slabs slabs;
  private final Message initializer;
  private final Function<Ticket, @Nullable Assignment> opener;
  private final Consumer<Throwable> breakDown;
  private final Hub hub;

  private final AtomicInteger requests = new AtomicInteger(); // to dispatch, not yet served
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private final ArrayDeque<Assignment> returned = new ArrayDeque<>(); // before what is queued
  private final Map<Worker, Post> posts = new LinkedHashMap<>(); // those on duty
  private final ArrayDeque<Worker> spares = new ArrayDeque<>();
  private final LinkedHashMap<String, Integer> losses = new LinkedHashMap<>(); // by task
  private int starting;
  private int startingSpares;
  private int made;
  private int failedStarts; // in a row
  private boolean watchesIdle;
  private boolean retired;

  /// A worker on duty, and how much it has.
  private static final class Post {
    private final Worker worker;
    private int load; // tasks that it has been given and that are not done
    private int given; // in its life
    private long idleSince = System.nanoTime();

    Post(Worker worker) {
      this.worker = worker;
    }
  }

  /// A workforce of nobody.
  ///
  /// @param opener takes the task of a ticket and begins it, or gives null if there is none
  /// @param breakDown is told why no worker can run anything
  public Workforce(
      String pool,
      int maximum,
      ProcessOptions options,
      Codecs codecs,
      Lexicon lexicon,
      Slabs slabs,
      Message initializer,
      Function<Ticket, @Nullable Assignment> opener,
      Consumer<Throwable> breakDown) {
    this.pool = pool;
    this.maximum = maximum;
    this.options = options;
    this.codecs = codecs;
    this.lexicon = lexicon;
    this.slabs = slabs;
    this.initializer = initializer;
    this.opener = opener;
    this.breakDown = breakDown;
    this.hub = new Hub(pool);
  }

  /// Queues a task.
  ///
  /// @throws RejectedExecutionException if the pool has ended
  public void add(Ticket ticket) {
    lock.lock();
    try {
      if (retired) {
        throw new RejectedExecutionException("the pool '" + pool + "' has ended");
      }
      queue.add(ticket);
    } finally {
      lock.unlock();
    }
    grow();
    dispatch();
  }

  /// {@return the pids of the workers on duty}
  public List<Long> pids() {
    lock.lock();
    try {
      return posts.keySet().stream().map(Worker::pid).toList();
    } finally {
      lock.unlock();
    }
  }

  /// {@return the pids of the spares}
  public List<Long> sparePids() {
    lock.lock();
    try {
      return spares.stream().map(Worker::pid).toList();
    } finally {
      lock.unlock();
    }
  }

  /// Kills all workers.
  public void kill() {
    hub.kill();
  }

  /// Ends all workers; returns when they are gone.
  public void retire() {
    lock.lock();
    try {
      retired = true;
    } finally {
      lock.unlock();
    }
    hub.close(options.grace());
  }

  // ---- how many -------------------------------------------------------------------------------

  /// Puts spares on duty and starts workers, as many as are missing.
  private void grow() {
    while (growByOne()) {
      // the next one
    }
  }

  private boolean growByOne() {
    if (growByASpare()) {
      dispatch(); // before another process takes the processor
      return true;
    }
    boolean spare;
    int number;
    lock.lock();
    try {
      spare = !isMissing();
      if (spare && !isSpareMissing()) {
        return false;
      }
      if (spare) {
        startingSpares++;
      } else {
        starting++;
      }
      number = ++made;
    } finally {
      lock.unlock();
    }
    String name = "worker-" + number;
    Thread.ofVirtual().name(pool + "-start").start(() -> start(name, spare));
    return true;
  }

  private boolean growByASpare() {
    lock.lock();
    try {
      Worker spare = isMissing() ? spares.poll() : null;
      if (spare != null) {
        duty(spare);
      }
      return spare != null;
    } finally {
      lock.unlock();
    }
  }

  /// {@return whether there is more work than there are workers on their way to it} With the lock
  /// held, as in the next ones.
  private boolean isMissing() {
    return !retired
        && posts.size() + starting < maximum
        && queue.size() + returned.size() > idle() + starting;
  }

  private long idle() {
    return posts.values().stream().filter(post -> post.load == 0).count();
  }

  private boolean isSpareMissing() {
    return !retired && posts.size() == maximum && spares.size() + startingSpares < options.spares();
  }

  private void duty(Worker worker) {
    posts.put(worker, new Post(worker));
  }

  private void start(String name, boolean spare) {
    Staff staff = new Staff(spare);
    try {
      hub.start(staff, name, options, codecs, lexicon, slabs, initializer);
    } catch (IOException e) {
      staff.failed(e);
    }
  }

  // ---- who gets what --------------------------------------------------------------------------

  /// Gives work to workers, as long as there is work and a worker for it. By one thread at a time,
  /// for tasks are to begin in the order in which they came; who finds another one at it leaves it
  /// to that one, which looks once more for each who came meanwhile.
  private void dispatch() {
    if (requests.getAndIncrement() != 0) {
      return;
    }
    int seen;
    do {
      seen = requests.get();
      while (dispatchOne()) {
        // the next one
      }
    } while (requests.addAndGet(-seen) != 0);
  }

  private boolean dispatchOne() {
    Assignment assignment;
    Ticket ticket;
    Post post;
    lock.lock();
    try {
      post = free();
      if (post == null) {
        return false;
      }
      assignment = returned.poll();
      ticket = assignment == null ? queue.poll() : null;
      if (assignment == null && ticket == null) {
        assignment = post.load == 0 ? surplus() : null;
        if (assignment == null) {
          return false;
        }
      }
      post.load++;
      post.given++;
    } finally {
      lock.unlock();
    }
    if (ticket != null) {
      assignment = opener.apply(ticket);
    }
    if (assignment == null) {
      takeAway(post);
    } else if (!post.worker.run(assignment)) {
      giveBack(post, assignment);
    }
    return true;
  }

  /// {@return the worker with the fewest tasks that can take another, or null} With the lock held.
  private @Nullable Post free() {
    Post best = null;
    for (Post post : posts.values()) {
      if (post.load < post.worker.depth()
          && post.given < options.maxTasksPerWorker()
          && (best == null || post.load < best.load)
          && post.worker.hasSlot()) {
        best = post;
      }
    }
    return best;
  }

  /// {@return a task that another worker has and will not begin soon, or null} With the lock held.
  private @Nullable Assignment surplus() {
    for (Post post : posts.values()) {
      Assignment assignment = post.load > 1 ? post.worker.takeBack() : null;
      if (assignment != null) {
        post.load--;
        return assignment;
      }
    }
    return null;
  }

  /// There was no task after all.
  private void takeAway(Post post) {
    lock.lock();
    try {
      post.load--;
      post.given--;
    } finally {
      lock.unlock();
    }
  }

  /// The worker has ended, which it will tell.
  private void giveBack(Post post, Assignment assignment) {
    lock.lock();
    try {
      posts.remove(post.worker);
      returned.addFirst(assignment);
    } finally {
      lock.unlock();
    }
    grow();
  }

  // ---- what the workers tell ------------------------------------------------------------------

  private final class Staff implements Worker.Owner {
    private final boolean spare;

    Staff(boolean spare) {
      this.spare = spare;
    }

    @Override
    public void ready(Worker worker) {
      boolean leaves;
      lock.lock();
      try {
        started();
        failedStarts = 0;
        leaves = retired;
        if (!leaves && spare) {
          spares.add(worker);
        } else if (!leaves) {
          duty(worker);
        }
      } finally {
        lock.unlock();
      }
      if (leaves) {
        worker.retire();
      }
      grow();
      dispatch();
      watchIdle();
    }

    /// With the lock held.
    private void started() {
      if (spare) {
        startingSpares--;
      } else {
        starting--;
      }
    }

    void failed(Throwable why) {
      boolean broken;
      lock.lock();
      try {
        started();
        broken = ++failedStarts >= FAILED_STARTS;
      } finally {
        lock.unlock();
      }
      if (broken) {
        breakDown.accept(why);
      } else {
        grow();
      }
    }

    @Override
    public void freed(Worker worker) {
      boolean wornOut = false;
      lock.lock();
      try {
        Post post = posts.get(worker);
        if (post != null) {
          post.load--;
          post.idleSince = System.nanoTime();
          wornOut = post.load == 0 && isWornOut(post);
          if (wornOut) {
            posts.remove(worker);
          }
        }
      } finally {
        lock.unlock();
      }
      if (wornOut) {
        worker.retire();
        grow();
      }
      dispatch();
    }

    @Override
    public void ended(Worker worker, @Nullable Throwable failure, List<Assignment> notBegun) {
      if (failure != null) {
        failed(failure);
        return;
      }
      lock.lock();
      try {
        posts.remove(worker);
        spares.remove(worker);
        returned.addAll(notBegun);
      } finally {
        lock.unlock();
      }
      grow();
      dispatch();
    }

    @Override
    public void lost(Assignment assignment, WorkerLoss loss) {
      int times = count(assignment.task().name());
      WorkerLostException why =
          loss.exception(
              times < 2
                  ? null
                  : "tasks named '"
                      + assignment.task().name()
                      + "' have ended "
                      + times
                      + " workers");
      if (assignment.goesOnAfter(why, WORKERS_PER_TASK)) {
        lock.lock();
        try {
          returned.addFirst(assignment);
        } finally {
          lock.unlock();
        }
        grow();
        dispatch();
      }
    }
  }

  /// {@return how many workers tasks of that name have ended}
  private int count(String task) {
    lock.lock();
    try {
      if (losses.size() == REMEMBERED) {
        losses.pollFirstEntry();
      }
      return losses.merge(task, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
  }

  private boolean isWornOut(Post post) {
    return post.given >= options.maxTasksPerWorker()
        || (options.maxMemory() < Long.MAX_VALUE
            && post.worker.residentBytes() > options.maxMemory());
  }

  // ---- idleness -------------------------------------------------------------------------------

  /// Looks after a while which workers have had nothing to do for so long, if that matters.
  private void watchIdle() {
    lock.lock();
    try {
      if (retired || watchesIdle || options.idleTimeout().equals(ProcessOptions.FOREVER)) {
        return;
      }
      watchesIdle = true;
    } finally {
      lock.unlock();
    }
    lookAfter(options.idleTimeout());
  }

  private void lookAfter(Duration time) {
    Kernel kernel = Kernel.system();
    kernel.at(kernel.nanoTime() + time.toNanos(), this::sendIdleHome);
  }

  private void sendIdleHome() {
    long timeout = options.idleTimeout().toNanos();
    long now = System.nanoTime();
    long next = timeout;
    List<Worker> leaving = new ArrayList<>();
    lock.lock();
    try {
      for (Post post : List.copyOf(posts.values())) {
        long left = post.load == 0 ? post.idleSince + timeout - now : timeout;
        if (left <= 0) {
          posts.remove(post.worker);
          leaving.add(post.worker);
        } else {
          next = Math.min(next, left);
        }
      }
      watchesIdle = !posts.isEmpty() && !retired;
      if (posts.isEmpty()) {
        leaving.addAll(spares);
        spares.clear();
      }
      if (!watchesIdle) {
        next = 0;
      }
    } finally {
      lock.unlock();
    }
    leaving.forEach(Worker::retire);
    if (next > 0) {
      lookAfter(Duration.ofNanos(next));
    }
  }
}
