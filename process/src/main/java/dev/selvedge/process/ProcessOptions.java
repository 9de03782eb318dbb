package dev.selvedge.process;

import dev.selvedge.Action;
import dev.selvedge.Stability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
    Duration grace) {

  static final ProcessOptions DEFAULT =
      new ProcessOptions(
          List.of(), List.of(), Map.of(), () -> {}, Integer.MAX_VALUE, Duration.ofSeconds(2));

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a worker may run no task, or the grace is negative
  public ProcessOptions {
    jvmOptions = List.copyOf(jvmOptions);
    classPath = List.copyOf(classPath);
    environment = Map.copyOf(environment);
    Objects.requireNonNull(initializer, "initializer");
    if (maxTasksPerWorker < 1) {
      throw new IllegalArgumentException(
          "a worker that may run " + maxTasksPerWorker + " tasks is of no use; give at least 1");
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException("the grace is " + grace + "; give zero or more");
    }
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
    return new ProcessOptions(
        with(jvmOptions, option), classPath, environment, initializer, maxTasksPerWorker, grace);
  }

  /// {@return these options with one more jar or folder in front of the class path}
  ///
  /// @param entry the jar or folder
  public ProcessOptions classPath(Path entry) {
    return new ProcessOptions(
        jvmOptions, with(classPath, entry), environment, initializer, maxTasksPerWorker, grace);
  }

  /// {@return these options with other variables of the environment}
  ///
  /// @param variables set for the workers besides this program's own
  public ProcessOptions environment(Map<String, String> variables) {
    return new ProcessOptions(
        jvmOptions, classPath, variables, initializer, maxTasksPerWorker, grace);
  }

  /// {@return these options with an initializer for each worker}
  ///
  /// @param action runs once in each new worker before its first task; must be able to travel
  public ProcessOptions initializer(Action action) {
    return new ProcessOptions(jvmOptions, classPath, environment, action, maxTasksPerWorker, grace);
  }

  /// {@return these options with workers that are replaced after so many tasks}
  ///
  /// @param tasks at least one
  public ProcessOptions maxTasksPerWorker(int tasks) {
    return new ProcessOptions(jvmOptions, classPath, environment, initializer, tasks, grace);
  }

  /// {@return these options with another time between a cancellation and the kill}
  ///
  /// @param time zero kills at once
  public ProcessOptions grace(Duration time) {
    return new ProcessOptions(
        jvmOptions, classPath, environment, initializer, maxTasksPerWorker, time);
  }

  private static <T> List<T> with(List<T> list, T more) {
    List<T> all = new ArrayList<>(list);
    all.add(Objects.requireNonNull(more));
    return all;
  }
}
