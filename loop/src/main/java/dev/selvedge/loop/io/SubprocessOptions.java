package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Options of a [Subprocess]; immutable, each method returns a changed copy.
///
/// ```java
/// Subprocess.run(
///     options -> options.directory(folder).input("3\n1\n2\n").timeout(Duration.ofSeconds(5)),
///     "sort", "-n");
/// ```
///
/// @param directory where the program runs; by default where this one does
/// @param environment variables that are set besides those that are inherited
/// @param inheritEnvironment whether this program's variables are inherited
/// @param input what [Subprocess#run] writes to the program's input
/// @param timeout how long [Subprocess#run] lets the program run
/// @param grace how long a program that is asked to end may go on before it is killed
/// @param limit how many bytes a line of its output may have
/// @param redirectInput where its input comes from
/// @param redirectOutput where its output goes
/// @param redirectErrors where its errors go
/// @param mergeErrors whether its errors go where its output goes
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record SubprocessOptions(
    @Nullable Path directory,
    Map<String, String> environment,
    boolean inheritEnvironment,
    String input,
    @Nullable Duration timeout,
    Duration grace,
    int limit,
    Redirect redirectInput,
    Redirect redirectOutput,
    Redirect redirectErrors,
    boolean mergeErrors) {

  static final SubprocessOptions DEFAULT = new Draft().finished();

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a time is negative or the limit not positive
  public SubprocessOptions {
    environment = Map.copyOf(environment);
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(redirectInput, "redirectInput");
    Objects.requireNonNull(redirectOutput, "redirectOutput");
    Objects.requireNonNull(redirectErrors, "redirectErrors");
    if ((timeout != null && timeout.isNegative()) || grace.isNegative()) {
      throw new IllegalArgumentException(
          "timeout is " + timeout + " and grace " + grace + "; give times that are not negative");
    }
    if (limit < 1) {
      throw new IllegalArgumentException("limit is " + limit + "; give at least one byte");
    }
  }

  /// Options that are being changed.
  private static final class Draft {
    private @Nullable Path directory;
    private Map<String, String> environment = Map.of();
    private boolean inheritEnvironment = true;
    private String input = "";
    private @Nullable Duration timeout;
    private Duration grace = Duration.ofSeconds(2);
    private int limit = 64 * 1024;
    private Redirect redirectInput = Redirect.PIPE;
    private Redirect redirectOutput = Redirect.PIPE;
    private Redirect redirectErrors = Redirect.PIPE;
    private boolean mergeErrors;

    SubprocessOptions finished() {
      return new SubprocessOptions(
          directory,
          environment,
          inheritEnvironment,
          input,
          timeout,
          grace,
          limit,
          redirectInput,
          redirectOutput,
          redirectErrors,
          mergeErrors);
    }
  }

  private SubprocessOptions with(Consumer<Draft> change) {
    Draft draft = new Draft();
    draft.directory = directory;
    draft.environment = environment;
    draft.inheritEnvironment = inheritEnvironment;
    draft.input = input;
    draft.timeout = timeout;
    draft.grace = grace;
    draft.limit = limit;
    draft.redirectInput = redirectInput;
    draft.redirectOutput = redirectOutput;
    draft.redirectErrors = redirectErrors;
    draft.mergeErrors = mergeErrors;
    change.accept(draft);
    return draft.finished();
  }

  /// {@return these options with another working directory}
  ///
  /// @param path where the program runs
  public SubprocessOptions directory(Path path) {
    return with(draft -> draft.directory = Objects.requireNonNull(path, "path"));
  }

  /// {@return these options with other variables of the environment}
  ///
  /// @param variables set besides those that are inherited
  public SubprocessOptions environment(Map<String, String> variables) {
    return with(draft -> draft.environment = variables);
  }

  /// {@return these options with or without this program's own variables}
  ///
  /// @param inherit true by default
  public SubprocessOptions inheritEnvironment(boolean inherit) {
    return with(draft -> draft.inheritEnvironment = inherit);
  }

  /// {@return these options with text for the program's input} Written by [Subprocess#run] in
  /// UTF-8; a program that does not read it is no failure.
  ///
  /// @param text empty by default
  public SubprocessOptions input(String text) {
    return with(draft -> draft.input = text);
  }

  /// {@return these options with a timeout for [Subprocess#run]}
  ///
  /// @param time from the start; by default it waits for ever, or for the task's deadline
  public SubprocessOptions timeout(Duration time) {
    return with(draft -> draft.timeout = Objects.requireNonNull(time, "time"));
  }

  /// {@return these options with another time between asking the program to end and killing it}
  ///
  /// @param time zero kills at once; two seconds by default
  public SubprocessOptions grace(Duration time) {
    return with(draft -> draft.grace = time);
  }

  /// {@return these options with another limit for lines that are read from the program}
  ///
  /// @param bytes 64 KiB by default
  public SubprocessOptions limit(int bytes) {
    return with(draft -> draft.limit = bytes);
  }

  /// {@return these options with an input that comes from elsewhere}
  ///
  /// @param source such as a file
  public SubprocessOptions redirectInput(Redirect source) {
    return with(draft -> draft.redirectInput = source);
  }

  /// {@return these options with an output that goes elsewhere}
  ///
  /// @param target such as [Redirect#DISCARD], [Redirect#INHERIT] or a file
  public SubprocessOptions redirectOutput(Redirect target) {
    return with(draft -> draft.redirectOutput = target);
  }

  /// {@return these options with errors that go elsewhere}
  ///
  /// @param target such as [Redirect#DISCARD], [Redirect#INHERIT] or a file
  public SubprocessOptions redirectErrors(Redirect target) {
    return with(draft -> draft.redirectErrors = target);
  }

  /// {@return these options with or without errors that go where the output goes, in the order in
  /// which the program prints them}
  ///
  /// @param merge false by default
  public SubprocessOptions mergeErrors(boolean merge) {
    return with(draft -> draft.mergeErrors = merge);
  }

  byte[] inputBytes() {
    return input.getBytes(StandardCharsets.UTF_8);
  }
}
