package dev.selvedge.process;

import dev.selvedge.Stability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Options of [WorkerProcess#of]; immutable, each method returns a changed copy.
///
/// ```java
/// var crawler =
///     WorkerProcess.of(options -> options.name("crawler").daemon(true), () -> crawl());
/// ```
///
/// @param name its name, for output, messages and its own [WorkerProcess#self()]
/// @param daemon whether it is ended when this program has nothing else to do; otherwise this
///   program waits for it then
/// @param jvmOptions what stands between `java` and the class path, such as `-Xmx512m`
/// @param classPath what is added in front of this program's own class path
/// @param environment variables that are set for it besides this program's own
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record WorkerProcessOptions(
    String name,
    boolean daemon,
    List<String> jvmOptions,
    List<Path> classPath,
    Map<String, String> environment) {

  private static final int LONGEST_NAME = 200;

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if the name is empty or longer than 200 characters
  public WorkerProcessOptions {
    if (name.isBlank() || name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the name \"" + name + "\" of a process; give 1 to " + LONGEST_NAME + " characters");
    }
    jvmOptions = List.copyOf(jvmOptions);
    classPath = List.copyOf(classPath);
    environment = Map.copyOf(environment);
  }

  static WorkerProcessOptions named(String name) {
    return new WorkerProcessOptions(name, false, List.of(), List.of(), Map.of());
  }

  /// {@return these options with another name}
  ///
  /// @param other 1 to 200 characters
  public WorkerProcessOptions name(String other) {
    return new WorkerProcessOptions(other, daemon, jvmOptions, classPath, environment);
  }

  /// {@return these options for a daemon, or for a process that is waited for}
  ///
  /// @param ends whether it is ended when this program has nothing else to do
  public WorkerProcessOptions daemon(boolean ends) {
    return new WorkerProcessOptions(name, ends, jvmOptions, classPath, environment);
  }

  /// {@return these options with a limit to its heap}
  ///
  /// @param size as in `-Xmx`, such as `512m`
  public WorkerProcessOptions heap(String size) {
    return jvmOption("-Xmx" + size);
  }

  /// {@return these options with one more option for its JVM}
  ///
  /// @param option such as `-Xss4m`
  public WorkerProcessOptions jvmOption(String option) {
    return new WorkerProcessOptions(name, daemon, with(jvmOptions, option), classPath, environment);
  }

  /// {@return these options with one more jar or folder in front of the class path}
  ///
  /// @param entry the jar or folder
  public WorkerProcessOptions classPath(Path entry) {
    return new WorkerProcessOptions(name, daemon, jvmOptions, with(classPath, entry), environment);
  }

  /// {@return these options with other variables of the environment}
  ///
  /// @param variables set for it besides this program's own
  public WorkerProcessOptions environment(Map<String, String> variables) {
    return new WorkerProcessOptions(name, daemon, jvmOptions, classPath, variables);
  }

  private static <T> List<T> with(List<T> list, T more) {
    List<T> all = new ArrayList<>(list);
    all.add(Objects.requireNonNull(more));
    return all;
  }
}
