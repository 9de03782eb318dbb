package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A process that this one has started to run one action ([ChildMain]), and what becomes of it.
///
/// **Nothing is left over.** A thread waits for each child; it is a daemon if the child is, so the
/// JVM stays up for the others. When the JVM ends in order, a shutdown hook ends those that are
/// still there, daemons or not: it may have been `System.exit`. When it is killed, the children see
/// the end of their standard input, which nobody but this process has open for writing.
///
/// Thread-safe.
public final class Child {
  private static final long GRACE_MILLIS = 2000;

  private static final Set<Child> LIVING = ConcurrentHashMap.newKeySet();
  private static boolean hooked; // guarded by the class
  private static volatile boolean ending;

  private final String name;
  private final Process process;
  private final WorkerOutput out;
  private final WorkerOutput err;
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    this.out =
        new WorkerOutput(name, process.getInputStream(), StandardCharsets.UTF_8, () -> System.out);
    this.err =
        new WorkerOutput(name, process.getErrorStream(), StandardCharsets.UTF_8, () -> System.err);
  }

  /// Starts a process.
  ///
  /// @param name its name
  /// @param daemon whether the JVM may end before it
  /// @param options of its JVM
  /// @param action what it shall run, as an encoder writes it
  /// @throws IOException if it cannot be started
  /// @throws RejectedExecutionException if this JVM is going down
  public static Child start(String name, boolean daemon, ProcessOptions options, byte[] action)
      throws IOException {
    endWithThisProcess();
    ProcessBuilder builder = new ProcessBuilder(WorkerCommand.of(options, ChildMain.class));
    builder.environment().putAll(options.environment());
    Child child = new Child(name, builder.start());
    LIVING.add(child);
    if (ending) { // the hook may have looked before
      child.kill();
    }
    byte[] birth = birth(name, action);
    Thread.ofPlatform().daemon(daemon).name(name + "-end").start(() -> child.attend(birth));
    return child;
  }

  private static synchronized void endWithThisProcess() {
    try {
      if (!hooked) {
        Runtime.getRuntime().addShutdownHook(new Thread(Child::endAll, "selvedge-children"));
        hooked = true;
      }
    } catch (IllegalStateException e) {
      ending = true;
    }
    if (ending) {
      throw new RejectedExecutionException("the JVM is shutting down, and starts no processes");
    }
  }

  /// What [ChildMain] reads.
  private static byte[] birth(String name, byte[] action) {
    var bytes = new ByteArrayOutputStream();
    try (var data = new DataOutputStream(bytes)) {
      data.writeUTF(name);
      data.writeUTF(Lineage.name());
      data.writeLong(ProcessHandle.current().pid());
      data.writeInt(action.length);
      data.write(action);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // does not happen in memory
    }
    return bytes.toByteArray();
  }

  // ---- its life -------------------------------------------------------------------------------

  /// Hands it what it shall do, and waits for its end.
  private void attend(byte[] birth) {
    try {
      OutputStream in = process.getOutputStream(); // left open: its end is ours
      in.write(birth);
      in.flush();
    } catch (IOException e) {
      // it has ended already; its exit code and its error stream say why
    }
    int code = process.onExit().join().exitValue();
    try {
      out.awaitEnd();
      err.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // by code that interrupts threads of others
    }
    LIVING.remove(this);
    exit.complete(code);
  }

  /// {@return its name}
  public String name() {
    return name;
  }

  /// {@return its pid}
  public long pid() {
    return process.pid();
  }

  /// {@return who it is, also if it is gone already}
  public long processId() {
    return ProcessId.of(process.toHandle());
  }

  /// {@return whether it has not ended}
  public boolean isAlive() {
    return process.isAlive();
  }

  /// {@return the exit code of one that has ended}
  public int exitCode() {
    return process.exitValue();
  }

  /// {@return those that have not ended}
  public static List<Child> living() {
    return LIVING.stream().filter(Child::isAlive).toList();
  }

  /// Waits for its end.
  ///
  /// @return its exit code
  public int awaitEnd() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e); // completed with codes only
    }
  }

  /// Waits for its end, for at most the given time.
  ///
  /// @return whether it has ended
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    long nanos = timeout.toSeconds() > Integer.MAX_VALUE ? Long.MAX_VALUE : timeout.toNanos();
    try {
      exit.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError(e); // completed with codes only
    }
  }

  /// {@return what completes with its exit code}
  public CompletableFuture<Integer> onExit() {
    return exit.copy();
  }

  /// Asks it to end. By its handle: `Process.destroy` closes its streams too, and the end of its
  /// standard input would be that of this process.
  public void terminate() {
    process.toHandle().destroy();
  }

  /// Ends it. By its handle: what it wrote before is still read.
  public void kill() {
    process.toHandle().destroyForcibly();
  }

  private static void endAll() {
    ending = true;
    LIVING.forEach(Child::terminate);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
    try {
      for (Child child : LIVING) {
        if (!child.process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          child.kill();
        }
        child.out.awaitEnd();
        child.err.awaitEnd();
      }
    } catch (InterruptedException e) {
      LIVING.forEach(Child::kill);
    }
  }
}
