package dev.selvedge.internal;

import dev.selvedge.CancelReason;
import dev.selvedge.spi.Capability;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Who waits for whom at a moment, for [dev.selvedge.management.LiveMXBean].
public final class LiveWaits {
  private static final int MOST_STEPS = 50;
  private static final int MOST_OBJECTS = 10_000;
  private static final int MOST_HOLDERS = 1_000;
  private static final int MOST_NAMED = 3;
  private static final int NEAREST = 5;

  private static final Pattern LIBRARIES =
      Pattern.compile("(java|jdk)\\.|dev\\.selvedge\\.((internal|loop|process|spi|sync)\\.|[A-Z])");

  private LiveWaits() {}

  // ---- who holds it ---------------------------------------------------------------------------

  /// {@return those who have to do something before a wait can end, tasks and threads that run
  /// none}
  private static List<Object> holdersOf(Object blocker) {
    Thread owner = LockOwners.of(blocker);
    if (owner != null) {
      TaskImpl<?> task = TaskImpl.on(owner);
      return List.of(task == null ? owner : task);
    }
    List<Object> holders = new ArrayList<>();
    for (Holders.Holder holder : Holders.of(blocker)) {
      TaskImpl<?> task = holder.task();
      holders.add(task == null ? Objects.requireNonNull(holder.thread()) : task);
    }
    return holders;
  }

  /// {@return the names of those who hold a lock or a limit, some of them; none for tasks that are
  /// waited for}
  static List<String> holderNames(Object blocker) {
    if (isWaitForTasks(blocker)) {
      return List.of();
    }
    List<Object> holders = holdersOf(blocker);
    List<String> names =
        new ArrayList<>(holders.stream().limit(MOST_NAMED).map(LiveWaits::nameOf).toList());
    if (holders.size() > MOST_NAMED) {
      names.add(holders.size() - MOST_NAMED + " more");
    }
    return names;
  }

  private static boolean isWaitForTasks(Object blocker) {
    return blocker instanceof TaskImpl<?>
        || blocker instanceof GroupImpl
        || blocker instanceof List<?>;
  }

  private static String nameOf(Object taskOrThread) {
    return taskOrThread instanceof TaskImpl<?> task
        ? "'" + task.path() + "'"
        : "the thread '" + Problems.threadName((Thread) taskOrThread) + "'";
  }

  /// Answers [dev.selvedge.management.LiveMXBean#holders].
  public static String holders() {
    Set<Object> blockers = Collections.newSetFromMap(new IdentityHashMap<>());
    List<TaskImpl<?>> queued = new ArrayList<>();
    new Living()
        .eachKnown(
            task -> {
              Thread thread = task.thread();
              Object blocker = thread == null ? null : Doing.of(thread).blocker();
              if (blocker != null && blockers.size() < MOST_OBJECTS) {
                blockers.add(blocker);
              }
            });
    for (Thread thread : Living.platformThreads()) {
      Object blocker = Doing.of(thread).blocker();
      if (blocker != null) {
        blockers.add(blocker);
      }
    }
    var json =
        new JsonText().open('{').member("version", 1).member("ownersKnown", LockOwners.areKnown());
    json.name("objects").open('[');
    for (Object blocker : blockers) {
      List<Object> holders = holdersOf(blocker);
      if (!holders.isEmpty()) {
        boolean any = !isWaitForTasks(blocker) && holders.size() > 1;
        json.open('{')
            .member("object", Doing.identity(blocker))
            .member("what", Doing.describe(blocker))
            .member("tasks", isWaitForTasks(blocker))
            .member("any", any);
        json.name("holders").open('[');
        for (Object holder : some(holders, any)) {
          json.value(node(holder, queued));
        }
        json.close(']').close('}');
      }
    }
    json.close(']');
    queued(json, queued);
    return json.close('}').toString();
  }

  /// Of those that are all waited for, some suffice to find a circle in most cases; of those of
  /// whom any would do, each counts.
  private static List<Object> some(List<Object> holders, boolean any) {
    return any || holders.size() <= MOST_HOLDERS ? holders : holders.subList(0, MOST_HOLDERS);
  }

  /// {@return the number of a thread, or for a task that runs on none its own one, negative}
  private static long node(Object holder, List<TaskImpl<?>> queued) {
    if (!(holder instanceof TaskImpl<?> task)) {
      return ((Thread) holder).threadId();
    }
    Thread thread = task.thread();
    if (thread != null) {
      return thread.threadId();
    }
    if (task.isQueued() && queued.size() < MOST_OBJECTS) {
      queued.add(task);
    }
    return -task.id();
  }

  /// Tells of tasks that have not started: each waits for any of those that run in its pool, if
  /// that has only so many threads.
  private static void queued(JsonText json, List<TaskImpl<?>> tasks) {
    json.name("queued").open('[');
    for (TaskImpl<?> task : new LinkedHashSet<>(tasks)) {
      json.open('{').member("task", -task.id()).member("path", task.path());
      json.name("holders").open('[');
      PoolTasks pool = task.owner().pool();
      if (pool.capabilities().contains(Capability.BOUNDED)) {
        runningIn(pool).stream()
            .map(TaskImpl::thread)
            .filter(Objects::nonNull)
            .mapToLong(Thread::threadId)
            .distinct()
            .forEach(json::value);
      }
      json.close(']').close('}');
    }
    json.close(']');
  }

  private static List<TaskImpl<?>> runningIn(PoolTasks pool) {
    List<TaskImpl<?>> running = new ArrayList<>(pool.live(task -> !task.isQueued()));
    for (GroupImpl group : pool.groups()) {
      running.addAll(group.live(task -> !task.isQueued()));
    }
    return running;
  }

  /// Answers [dev.selvedge.management.LiveMXBean#tasksOn].
  public static String tasksOn(long[] threads) {
    long[] wanted = threads.clone();
    Arrays.sort(wanted);
    var json = new JsonText().open('{').member("version", 1);
    json.name("tasks").open('{');
    Set<Long> told = new HashSet<>();
    new Living()
        .eachKnown(
            task -> {
              Thread thread = task.thread();
              if (thread != null
                  && task.top() == null
                  && Arrays.binarySearch(wanted, thread.threadId()) >= 0
                  && told.add(thread.threadId())) {
                json.member(Long.toString(thread.threadId()), task.path());
              }
            });
    return json.close('}').close('}').toString();
  }

  // ---- why ------------------------------------------------------------------------------------

  /// Answers [dev.selvedge.management.LiveMXBean#why].
  public static String why(String wanted) {
    var living = new Living();
    List<TaskImpl<?>> found = new ArrayList<>();
    living.eachKnown(
        task -> {
          if (isMeant(task, wanted)) {
            found.add(task);
          }
        });
    var json = new JsonText().open('{').member("version", 1);
    json.member("matches", found.size());
    if (found.isEmpty()) {
      json.name("near").open('[');
      nearest(living, wanted).forEach(json::value);
      return json.close(']').close('}').toString();
    }
    TaskImpl<?> task =
        found.stream().filter(one -> !one.isDone()).findFirst().orElse(found.getFirst());
    json.member("task", task.path()).member("id", task.id());
    chain(json, task);
    json.name("cancelled").open('[');
    Optional<CancelReason> why = task.cancelReason();
    for (int i = 0; why.isPresent() && i < MOST_STEPS; i++) {
      json.value(why.get().describe());
      why = why.get().cause();
    }
    return json.close(']').close('}').toString();
  }

  private static boolean isMeant(TaskImpl<?> task, String wanted) {
    String given = task.givenName();
    return wanted.equals(given)
        || wanted.equals(Long.toString(task.id()))
        || wanted.equals(task.name())
        || (wanted.indexOf('/') >= 0 && wanted.equals(task.path()));
  }

  private static List<String> nearest(Living living, String wanted) {
    Set<String> names = new LinkedHashSet<>();
    living.eachKnown(
        task -> {
          if (!task.isDone() && names.size() < MOST_OBJECTS) {
            names.add(task.name());
          }
        });
    return names.stream()
        .sorted(Comparator.comparingInt((String name) -> strangeness(name, wanted)))
        .limit(NEAREST)
        .toList();
  }

  /// {@return how much two names differ, roughly: what remains without what they have in common at
  /// both ends}
  private static int strangeness(String name, String wanted) {
    int shorter = Math.min(name.length(), wanted.length());
    int start = 0;
    while (start < shorter && name.charAt(start) == wanted.charAt(start)) {
      start++;
    }
    int end = 0;
    while (end < shorter - start
        && name.charAt(name.length() - 1 - end) == wanted.charAt(wanted.length() - 1 - end)) {
      end++;
    }
    return name.length() + wanted.length() - 2 * (start + end);
  }

  private static void chain(JsonText json, TaskImpl<?> task) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Object at = task;
    json.name("steps").open('[');
    while (at != null && seen.size() < MOST_STEPS && seen.add(at)) {
      at = at instanceof TaskImpl<?> one ? step(json, one) : step(json, (Thread) at);
    }
    json.close(']').member("circle", at != null && seen.contains(at));
  }

  /// Tells what a task does.
  ///
  /// @return who has to do something before it goes on, or null
  private static @Nullable Object step(JsonText json, TaskImpl<?> task) {
    Doing doing = Doing.of(task);
    json.open('{').member("who", "the task '" + task.path() + "'").member("id", task.id());
    json.member("state", doing.state());
    Thread thread = task.thread();
    Object next;
    if (task.isQueued()) {
      next = queuedStep(json, task.owner().pool());
    } else if (task.top() != null) {
      next = task.top();
      json.member("on", nameOf(next));
    } else if (doing.blocker() == null) {
      next = null;
    } else {
      next = awaited(json, doing.blocker());
    }
    if (thread != null && task.top() == null) {
      json.member("at", place(thread));
    }
    json.close('}');
    return next;
  }

  private static @Nullable Object queuedStep(JsonText json, PoolTasks pool) {
    List<TaskImpl<?>> running = runningIn(pool);
    json.member("on", "a thread of the pool '" + pool.name() + "'");
    json.member("running", running.size());
    return pool.capabilities().contains(Capability.BOUNDED) && !running.isEmpty()
        ? running.getFirst()
        : null;
  }

  private static @Nullable Object step(JsonText json, Thread thread) {
    Doing doing = Doing.of(thread);
    json.open('{').member("who", nameOf(thread)).member("state", doing.state());
    Object next = doing.blocker() == null ? null : awaited(json, doing.blocker());
    json.member("at", place(thread)).close('}');
    return next;
  }

  private static @Nullable Object awaited(JsonText json, Object blocker) {
    json.member("on", Doing.describe(blocker));
    List<Object> holders = holdersOf(blocker);
    if (!holders.isEmpty() && !isWaitForTasks(blocker)) {
      json.member("heldBy", String.join(", ", holderNames(blocker)));
    }
    return holders.isEmpty() ? null : holders.getFirst();
  }

  /// {@return the innermost frame of a thread that is neither the JDK's nor ours}
  private static String place(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return Arrays.stream(stack)
        .filter(frame -> !isOfLibraries(frame.getClassName()))
        .map(StackTraceElement::toString)
        .findFirst()
        .orElseGet(() -> stack.length == 0 ? "" : stack[stack.length - 1].toString());
  }

  private static boolean isOfLibraries(String name) {
    return LIBRARIES.matcher(name).lookingAt();
  }

  // ---- problems -------------------------------------------------------------------------------

  /// Answers [dev.selvedge.management.LiveMXBean#problems].
  public static String problems() {
    var living = new Living();
    var json = new JsonText().open('{').member("version", 1);
    json.name("leaked").open('[');
    living.groups().stream()
        .filter(LiveWaits::isLeaked)
        .limit(MOST_STEPS)
        .forEach(
            group ->
                json.open('{')
                    .member("group", group.path())
                    .member("owner", Problems.threadName(group.ownerThread()))
                    .member("tasks", group.pending())
                    .close('}'));
    json.close(']').name("cancelled").open('[');
    int[] told = {0};
    living.eachKnown(
        task -> {
          if (!task.isDone()
              && !task.isQueued()
              && task.isCancelRequested()
              && task.top() == null
              && told[0]++ < MOST_STEPS) {
            Thread thread = task.thread();
            json.open('{')
                .member("id", task.id())
                .member("task", task.path())
                .member("why", task.reasonOrUnknown().describe())
                .member("at", thread == null ? "" : place(thread))
                .close('}');
          }
        });
    return json.close(']').close('}').toString();
  }

  /// {@return whether nobody is left who could close a group}
  private static boolean isLeaked(GroupImpl group) {
    TaskImpl<?> outer = group.outer();
    return !group.ownerThread().isAlive() || (outer != null && outer.isDone());
  }
}
