package dev.selvedge.process;

import dev.selvedge.Action;
import dev.selvedge.Stability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Options of [ProcessPool#of]; immutable, each method returns a changed copy.
///
/// ```java
/// Pool pool = ProcessPool.of(4, options -> options.heap("512m").maxTasksPerWorker(1_000));
/// ```
///
/// @param jvmOptions what stands between `java` and the class path, such as `-Xmx512m`
/// @param classPath what is added in front of this program's own class path
/// @param environment variables that are set for the workers besides this program's own
/// @param initializer runs once in each new worker before its first task. If it fails, the pool is
///   broken
/// @param maxTasksPerWorker after how many tasks a worker is replaced by a fresh one
/// @param maxMemory a worker that takes more bytes of RAM after a task is replaced by a fresh one;
///   known on Linux, elsewhere it has no effect
/// @param idleTimeout after how long without a task a worker ends
/// @param spares how many workers are kept ready besides, to take the place of others at once
/// @param limit how long a task may run; then it is cancelled
/// @param grace how long a task may go on after its cancellation before its worker is killed, and a
///   worker before it is killed when the pool ends
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record ProcessOptions(
    List<String> jvmOptions,
    List<Path> classPath,
    Map<String, String> environment,
    Action initializer,
    int maxTasksPerWorker,
    long maxMemory,
    Duration idleTimeout,
    int spares,
    Duration limit,
    Duration grace) {

  /// The time that never comes.
  public static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

  private static final Action NOTHING = () -> {};

  static final ProcessOptions DEFAULT = new Draft().finished();

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a worker may run no task or have no memory, the number of
  ///   spares is negative, or a time is
  public ProcessOptions {
    jvmOptions = List.copyOf(jvmOptions);
    classPath = List.copyOf(classPath);
    environment = Map.copyOf(environment);
    Objects.requireNonNull(initializer, "initializer");
    if (maxTasksPerWorker < 1) {
      throw new IllegalArgumentException(
          "a worker that may run " + maxTasksPerWorker + " tasks is of no use; give at least 1");
    }
    if (maxMemory < 1) {
      throw new IllegalArgumentException(
          "a worker that may have " + maxMemory + " bytes cannot start; give at least 1");
    }
    if (spares < 0) {
      throw new IllegalArgumentException("there cannot be " + spares + " spares; give 0 or more");
    }
    check("idle timeout", idleTimeout, 1);
    check("limit", limit, 1);
    check("grace", grace, 0);
  }

  private static void check(String what, Duration time, int least) {
    if (time.compareTo(Duration.ofNanos(least)) < 0) {
      throw new IllegalArgumentException(
          "the " + what + " is " + time + "; give " + (least == 0 ? "zero or " : "") + "more");
    }
  }

  /// Options that are being changed.
  private static final class Draft {
    private List<String> jvmOptions = List.of();
    private List<Path> classPath = List.of();
    private Map<String, String> environment = Map.of();
    private Action initializer = NOTHING;
    private int maxTasksPerWorker = Integer.MAX_VALUE;
    private long maxMemory = Long.MAX_VALUE;
    private Duration idleTimeout = FOREVER;
    private int spares = 1;
    private Duration limit = FOREVER;
    private Duration grace = Duration.ofSeconds(2);

    ProcessOptions finished() {
      return new ProcessOptions(
          jvmOptions,
          classPath,
          environment,
          initializer,
          maxTasksPerWorker,
          maxMemory,
          idleTimeout,
          spares,
          limit,
          grace);
    }
  }

  /// {@return the default options, but for these}
  static ProcessOptions of(
      List<String> jvmOptions, List<Path> classPath, Map<String, String> environment) {
    return DEFAULT.with(
        draft -> {
          draft.jvmOptions = jvmOptions;
          draft.classPath = classPath;
          draft.environment = environment;
        });
  }

  private ProcessOptions with(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.jvmOptions = jvmOptions;
    draft.classPath = classPath;
    draft.environment = environment;
    draft.initializer = initializer;
    draft.maxTasksPerWorker = maxTasksPerWorker;
    draft.maxMemory = maxMemory;
    draft.idleTimeout = idleTimeout;
    draft.spares = spares;
    draft.limit = limit;
    draft.grace = grace;
    change.accept(draft);
    return draft.finished();
  }

  /// {@return these options with a limit to the heap of each worker}
  ///
  /// @param size as in `-Xmx`, such as `512m`
  public ProcessOptions heap(String size) {
    return jvmOption("-Xmx" + size);
  }

  /// {@return these options with one more option for the workers' JVMs}
  ///
  /// @param option such as `-Xss4m`
  public ProcessOptions jvmOption(String option) {
    return with(draft -> draft.jvmOptions = with(jvmOptions, option));
  }

  /// {@return these options with one more jar or folder in front of the class path}
  ///
  /// @param entry the jar or folder
  public ProcessOptions classPath(Path entry) {
    return with(draft -> draft.classPath = with(classPath, entry));
  }

  /// {@return these options with other variables of the environment}
  ///
  /// @param variables set for the workers besides this program's own
  public ProcessOptions environment(Map<String, String> variables) {
    return with(draft -> draft.environment = variables);
  }

  /// {@return these options with an initializer for each worker}
  ///
  /// @param action runs once in each new worker before its first task; must be able to travel
  public ProcessOptions initializer(Action action) {
    return with(draft -> draft.initializer = action);
  }

  /// {@return whether there is an initializer that does something}
  public boolean hasInitializer() {
    return !initializer.equals(NOTHING);
  }

  /// {@return these options with workers that are replaced after so many tasks}
  ///
  /// @param tasks at least one; unlimited by default
  public ProcessOptions maxTasksPerWorker(int tasks) {
    return with(draft -> draft.maxTasksPerWorker = tasks);
  }

  /// {@return these options with workers that are replaced when they have grown too large} Looked
  /// at after each task. Known on Linux; elsewhere it has no effect.
  ///
  /// @param bytes of RAM, heap and everything else; unlimited by default
  public ProcessOptions maxMemory(long bytes) {
    return with(draft -> draft.maxMemory = bytes);
  }

  /// {@return these options with workers that end when they have had nothing to do for so long}
  /// They are started again when there is work.
  ///
  /// @param time [#FOREVER] by default
  public ProcessOptions idleTimeout(Duration time) {
    return with(draft -> draft.idleTimeout = time);
  }

  /// {@return these options with another number of spare workers} They are started when all others
  /// are there, with their initializer, and take the place of a lost or replaced worker at once.
  ///
  /// @param workers one by default
  public ProcessOptions spares(int workers) {
    return with(draft -> draft.spares = workers);
  }

  /// {@return these options with a time limit for each task, or chunk of elements} Its time counts
  /// from when a worker begins it. Then it is interrupted and fails with
  /// [dev.selvedge.DeadlineExceededException]. If it goes on, its worker is killed after the grace;
  /// it fails with a [WorkerLostException] that says so.
  ///
  /// @param time [#FOREVER] by default
  public ProcessOptions limit(Duration time) {
    return with(draft -> draft.limit = time);
  }

  /// {@return these options with another time between a cancellation and the kill}
  ///
  /// @param time zero kills at once; two seconds by default
  public ProcessOptions grace(Duration time) {
    return with(draft -> draft.grace = time);
  }

  private static <T> List<T> with(List<T> list, T more) {
    List<T> all = new ArrayList<>(list);
    all.add(Objects.requireNonNull(more));
    return all;
  }
}
