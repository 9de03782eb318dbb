package dev.selvedge.loop.io;

import dev.selvedge.Stability;
import dev.selvedge.Tasks;
import dev.selvedge.internal.Times;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Another program that this one has started.
///
/// ```java
/// String status = Subprocess.run("git", "status", "--short").check().text();
/// ```
///
/// [#run] waits for its end and returns what it printed. To talk with it, [#start] it:
///
/// ```java
/// try (Subprocess sort = Subprocess.start("sort", "-n")) {
///   sort.input().write("3\n1\n2\n");
///   sort.input().closeOutput();
///   for (String line = sort.output().readLine(); line != null; line = sort.output().readLine()) {
///     System.out.println(line);
///   }
/// }
/// ```
///
/// **Full pipes.** Whoever only reads the output of a program that also prints errors makes it wait
/// for ever once the errors fill their pipe, and so does whoever writes much and then reads. `run`
/// and [#communicate] do everything at once, so nobody waits for ever.
///
/// **The end of the output** is the end of the program, even if another one that it has started
/// still holds the pipe: all that the program itself has printed is read, and then a quarter of a
/// second without output is the end.
///
/// **The whole tree.** [#terminate()], [#kill()] and [#close()] reach the program and what it has
/// started, and that in turn. What has left the tree, by ending its parent first, is not found.
///
/// **Cancellation.** All waits end when the thread is interrupted or the task cancelled. A wait for
/// a started program leaves it running; `run` ends it. Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class Subprocess implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(5);
  private static final int EXCERPT = 500;
  private static final int SIGNALS = 128;

  private final List<String> command;
  private final SubprocessOptions options;
  private final Process process;
  private final @Nullable SubprocessInput input;
  private final @Nullable Piped output;
  private final @Nullable Piped errors;
  private final Event exited = Event.create();

  /// An output: the thread that reads the pipe, and what finds lines in it.
  private record Piped(PipeReader reader, InputBuffer input) {
    byte[] all() throws IOException, InterruptedException {
      return input.readAll();
    }

    byte[] peek() throws InterruptedException {
      return input.peek(reader::peek);
    }
  }

  /// What a program has left. Immutable.
  ///
  /// @since 0.1
  public static final class Result {
    private final List<String> command;
    private final int exitCode;
    private final byte[] output;
    private final byte[] errors;

    private Result(List<String> command, int exitCode, byte[] output, byte[] errors) {
      this.command = command;
      this.exitCode = exitCode;
      this.output = output;
      this.errors = errors;
    }

    /// {@return what was run}
    public List<String> command() {
      return command;
    }

    /// {@return its exit code; 128 and the number of the signal if one ended it}
    public int exitCode() {
      return exitCode;
    }

    /// {@return what it printed; empty if that went elsewhere}
    public byte[] output() {
      return output.clone();
    }

    /// {@return what it printed as errors; empty if they went elsewhere}
    public byte[] errors() {
      return errors.clone();
    }

    /// {@return the output as text in UTF-8}
    public String text() {
      return new String(output, StandardCharsets.UTF_8);
    }

    /// {@return the errors as text in UTF-8}
    public String errorText() {
      return new String(errors, StandardCharsets.UTF_8);
    }

    /// {@return the lines of the output}
    public List<String> lines() {
      return text().lines().toList();
    }

    /// {@return this, if the exit code is zero}
    ///
    /// @throws ExitCodeException if it is not; the message says the command, the code and what was
    ///   printed last as errors
    public Result check() throws ExitCodeException {
      if (exitCode != 0) {
        throw new ExitCodeException(this);
      }
      return this;
    }

    @Override
    public String toString() {
      return command + " ended with " + describe(exitCode);
    }
  }

  private Subprocess(List<String> command, SubprocessOptions options, Process process) {
    this.command = command;
    this.options = options;
    this.process = process;
    String name = command.getFirst() + " " + process.pid();
    input =
        options.redirectInput().equals(Redirect.PIPE)
            ? new SubprocessInput(name, process.getOutputStream())
            : null;
    output =
        options.redirectOutput().equals(Redirect.PIPE)
            ? piped(new PipeReader(name + " output", process.getInputStream()))
            : null;
    errors =
        !options.mergeErrors() && options.redirectErrors().equals(Redirect.PIPE)
            ? piped(new PipeReader(name + " errors", process.getErrorStream()))
            : null;
    process.onExit().thenRun(this::ended);
  }

  private Piped piped(PipeReader reader) {
    return new Piped(reader, new InputBuffer(reader, options.limit()));
  }

  private void ended() {
    exited.set();
    if (input != null) {
      input.childEnded();
    }
    if (output != null) {
      output.reader.childEnded();
    }
    if (errors != null) {
      errors.reader.childEnded();
    }
  }

  // ---- running --------------------------------------------------------------------------------

  /// Runs a program to its end.
  ///
  /// @param command the program and its arguments
  /// @return what it has left; see [Result#check()]
  /// @throws IOException if it cannot be started; the message says which program, and why
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   was ended
  public static Result run(String... command) throws IOException, InterruptedException {
    return run(options -> options, command);
  }

  /// Runs a program to its end.
  ///
  /// @param options changes the default options
  /// @param command the program and its arguments
  /// @return what it has left; see [Result#check()]
  /// @throws SubprocessTimeoutException if it did not end within the timeout of the options. It was
  ///   asked to end, and killed after the grace; what it printed is in the exception
  /// @throws IOException if it cannot be started; the message says which program, and why
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   was ended
  public static Result run(UnaryOperator<SubprocessOptions> options, String... command)
      throws IOException, InterruptedException {
    try (Subprocess started = start(options, command)) {
      byte[] given = started.options.inputBytes();
      Duration timeout = started.options.timeout();
      if (timeout == null) {
        return started.communicate(given);
      }
      try {
        return started.communicate(given, timeout);
      } catch (SubprocessTimeoutException _) {
        started.end();
        started.awaitAll(Kernel.FOREVER);
        throw started.timedOut(timeout); // with what it printed until its end
      }
    }
  }

  /// Starts a program.
  ///
  /// @param command the program and its arguments
  /// @return the running program; close it
  /// @throws IOException if it cannot be started; the message says which program, and why
  public static Subprocess start(String... command) throws IOException {
    return start(options -> options, command);
  }

  /// Starts a program.
  ///
  /// @param options changes the default options
  /// @param command the program and its arguments
  /// @return the running program; close it
  /// @throws NoSuchFileException if the working directory does not exist
  /// @throws IOException if it cannot be started; the message says which program, and why
  /// @throws IllegalArgumentException if the command is empty
  public static Subprocess start(UnaryOperator<SubprocessOptions> options, String... command)
      throws IOException {
    SubprocessOptions changed =
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options").apply(SubprocessOptions.DEFAULT),
            "options returned null");
    List<String> words = List.of(command);
    if (words.isEmpty()) {
      throw new IllegalArgumentException("the command is empty; give at least a program");
    }
    return new Subprocess(words, changed, started(words, changed));
  }

  private static Process started(List<String> words, SubprocessOptions options) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    Path directory = options.directory();
    if (directory != null) {
      if (!Files.isDirectory(directory)) {
        throw new NoSuchFileException(
            directory.toString(), null, "cannot run " + words + " in it, as it is no directory");
      }
      builder.directory(directory.toFile());
    }
    Map<String, String> environment = builder.environment();
    if (!options.inheritEnvironment()) {
      environment.clear();
    }
    environment.putAll(options.environment());
    builder
        .redirectInput(options.redirectInput())
        .redirectOutput(options.redirectOutput())
        .redirectError(options.redirectErrors())
        .redirectErrorStream(options.mergeErrors());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException("cannot run the program '" + words.getFirst() + "': " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = String.valueOf(cause.getMessage());
    return message.contains("error: 2 ") || message.contains("error=2,")
        ? "there is no such program; give its path, or a name that is on the PATH"
        : message;
  }

  // ---- talking --------------------------------------------------------------------------------

  /// {@return its input, to be written}
  ///
  /// @throws IllegalStateException if its input comes from elsewhere
  public Output input() {
    return present(input, "input");
  }

  /// {@return its output, to be read}
  ///
  /// @throws IllegalStateException if its output goes elsewhere
  public Input output() {
    return present(output, "output").input;
  }

  /// {@return its errors, to be read}
  ///
  /// @throws IllegalStateException if its errors go elsewhere
  public Input errors() {
    return present(errors, "errors").input;
  }

  private <T> T present(@Nullable T stream, String what) {
    if (stream == null) {
      throw new IllegalStateException(
          "the " + what + " of " + this + " was redirected; leave that option out to have it here");
    }
    return stream;
  }

  /// Writes its input and reads both outputs at the same time, until it has ended.
  ///
  /// @param given the input, which is closed after that; a program that does not read it is no
  ///   failure
  /// @return what it has left, but what was read before
  /// @throws IOException if an output cannot be read
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   goes on, and this can be called again
  public Result communicate(byte[] given) throws IOException, InterruptedException {
    beginCommunicating(given);
    awaitAll(Kernel.FOREVER);
    return result();
  }

  /// Writes its input and reads both outputs at the same time, until it has ended, for at most the
  /// given time. After a timeout it can be called again: the input of the first call is written on,
  /// that of later ones is ignored, and no output is lost.
  ///
  /// @param given the input, which is closed after that; a program that does not read it is no
  ///   failure
  /// @param timeout how long to wait at most
  /// @return what it has left, but what was read before
  /// @throws SubprocessTimeoutException if it has not ended in time, with a copy of what it printed
  ///   so far; the program goes on
  /// @throws IOException if an output cannot be read
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   goes on, and this can be called again
  public Result communicate(byte[] given, Duration timeout)
      throws IOException, InterruptedException {
    long deadline = Times.deadline(Kernel.current(), timeout);
    beginCommunicating(given);
    if (!awaitAll(deadline)) {
      throw timedOut(timeout);
    }
    return result();
  }

  private void beginCommunicating(byte[] given) {
    if (input != null) {
      input.writeLast(given.clone());
    }
    if (output != null) {
      output.reader.collect();
    }
    if (errors != null) {
      errors.reader.collect();
    }
  }

  private boolean awaitAll(long deadline) throws InterruptedException {
    return await(exited, deadline)
        && (output == null || await(output.reader.ended(), deadline))
        && (errors == null || await(errors.reader.ended(), deadline));
  }

  private static boolean await(Event event, long deadline) throws InterruptedException {
    if (deadline == Kernel.FOREVER) {
      event.await();
      return true;
    }
    return event.await(Duration.ofNanos(Math.max(0, deadline - Kernel.current().nanoTime())));
  }

  private Result result() throws IOException, InterruptedException {
    return new Result(command, process.exitValue(), all(output), all(errors));
  }

  private static byte[] all(@Nullable Piped piped) throws IOException, InterruptedException {
    return piped == null ? new byte[0] : piped.all();
  }

  private SubprocessTimeoutException timedOut(Duration timeout) throws InterruptedException {
    return new SubprocessTimeoutException(command, timeout, peek(output), peek(errors));
  }

  private static byte[] peek(@Nullable Piped piped) throws InterruptedException {
    return piped == null ? new byte[0] : piped.peek();
  }

  // ---- its end --------------------------------------------------------------------------------

  /// {@return its pid}
  public long pid() {
    return process.pid();
  }

  /// {@return whether it has not ended}
  public boolean isAlive() {
    return process.isAlive();
  }

  /// {@return its exit code, 128 and the number of the signal if one ended it; empty if it has not
  /// ended}
  public OptionalInt exitCode() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /// Waits until it has ended. Its output can still be read after that.
  ///
  /// @return its exit code
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   goes on
  public int join() throws InterruptedException {
    exited.await();
    return process.exitValue();
  }

  /// Waits until it has ended, for at most the given time.
  ///
  /// @param timeout how long to wait at most
  /// @return whether it has ended
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the program
  ///   goes on
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean join(Duration timeout) throws InterruptedException {
    return exited.await(timeout);
  }

  /// Asks it and all that it has started to end, by SIGTERM. Does not wait. Without effect if it
  /// has ended.
  public void terminate() {
    tree().forEach(ProcessHandle::destroy);
  }

  /// Ends it and all that it has started at once, by SIGKILL. Does not wait. Without effect if it
  /// has ended.
  public void kill() {
    kill(Set.of());
  }

  /// Kills the tree and those that were in it before. A process that is about to die may start one
  /// more, hence the second look.
  private void kill(Set<ProcessHandle> before) {
    Set<ProcessHandle> all = new LinkedHashSet<>(before);
    all.addAll(tree());
    all.forEach(ProcessHandle::destroyForcibly);
    List<ProcessHandle> late = new ArrayList<>();
    all.forEach(each -> each.descendants().forEach(late::add));
    late.forEach(ProcessHandle::destroyForcibly);
  }

  /// {@return the program and what it has started; nothing if it has ended}
  private Set<ProcessHandle> tree() {
    Set<ProcessHandle> tree = new LinkedHashSet<>();
    if (process.isAlive()) {
      process.descendants().forEach(tree::add);
      tree.add(process.toHandle());
    }
    return tree;
  }

  /// Ends the program if it runs: asks it and all that it has started to end, kills after the
  /// [grace][SubprocessOptions#grace()] what has not, and waits for its end. An interrupt ends the
  /// grace, and stays pending. What was not read of its output is still there.
  @Override
  public void close() {
    end();
  }

  private void end() {
    Set<ProcessHandle> tree = tree();
    if (tree.isEmpty()) {
      return;
    }
    boolean interrupted = false;
    if (!options.grace().isZero()) {
      tree.forEach(ProcessHandle::destroy);
      interrupted = !awaitEnds(tree);
    }
    kill(tree);
    while (!exited.isSet()) {
      try {
        exited.await();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return false if it was interrupted}
  private boolean awaitEnds(Set<ProcessHandle> tree) {
    // the JDK looks only every 300 ms whether the child of a child has ended
    Kernel kernel = Kernel.current();
    long deadline = Times.deadline(kernel, options.grace());
    try {
      while (tree.stream().anyMatch(ProcessHandle::isAlive) && deadline - kernel.nanoTime() > 0) {
        Tasks.sleep(LOOK);
      }
      return true;
    } catch (InterruptedException _) {
      return false;
    }
  }

  // ---- words ----------------------------------------------------------------------------------

  static String describe(int exitCode) {
    String signal =
        switch (exitCode - SIGNALS) {
          case 1 -> "SIGHUP";
          case 2 -> "SIGINT";
          case 3 -> "SIGQUIT";
          case 6 -> "SIGABRT";
          case 9 -> "SIGKILL";
          case 11 -> "SIGSEGV";
          case 13 -> "SIGPIPE";
          case 15 -> "SIGTERM";
          default -> "";
        };
    return "exit code " + exitCode + (signal.isEmpty() ? "" : ", which is that of " + signal);
  }

  /// {@return the end of what was printed as errors, for a message}
  static String excerpt(byte[] errors) {
    String text = new String(errors, StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      return "";
    }
    return ", and said: "
        + (text.length() <= EXCERPT ? text : "…" + text.substring(text.length() - EXCERPT));
  }

  @Override
  public String toString() {
    return "process " + command.getFirst() + ", pid " + process.pid();
  }
}
