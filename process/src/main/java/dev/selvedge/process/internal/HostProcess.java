package dev.selvedge.process.internal;

import dev.selvedge.process.HostLostException;
import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.WorkerLostException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.HostLine.Frame;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A host as the process that started it sees it.
///
/// ```
///   start ──► MAKE sent ──READY──► OPEN ──close──► END sent ──► gone
///     │           │                  │                           ▲
///     └───────────┴──── FAILED, end of the process, kill ────────┘
/// ```
///
/// The watcher is the only one that sees the end of the process. It removes what a killed one has
/// left, and then tells those who wait for the end; so whoever learns of it finds nothing any more.
final class HostProcess {
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final long KNOWN_AFTER_SECONDS = 5;

  private final String name;
  private final ProcessOptions options;
  private final Process process;
  private final WorkerOutput out;
  private final WorkerOutput err;
  private final ServerSocketChannel server;
  private final Path socket;
  private final CompletableFuture<WorkerLostException> ended = new CompletableFuture<>();
  private volatile @Nullable HostLine line; // to tell it its end
  private volatile @Nullable Path folder; // the host's
  // kept, so that whatever handle arrives here later has the one that knows this process
  private volatile @Nullable HostRoute route;
  private volatile @Nullable String killedBecause;
  private volatile boolean closed;

  /// Starts a process.
  HostProcess(String name, ProcessOptions options) throws IOException {
    this.name = name;
    this.options = options;
    this.socket = ProcessFolder.own().path().resolve("m-" + NUMBERS.incrementAndGet());
    this.server = UserFolder.listen(socket);
    try {
      ProcessBuilder builder = new ProcessBuilder(WorkerCommand.of(options, HostMain.class));
      builder.environment().putAll(options.environment());
      this.process = builder.start();
    } catch (IOException | RuntimeException e) {
      closeServer();
      throw e;
    }
    this.out =
        new WorkerOutput(name, process.getInputStream(), StandardCharsets.UTF_8, () -> System.out);
    this.err =
        new WorkerOutput(name, process.getErrorStream(), StandardCharsets.UTF_8, () -> System.err);
    Thread.ofVirtual().name(name + "-watch").start(this::watch);
  }

  private void closeServer() {
    try {
      server.close();
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      System.getLogger("dev.selvedge.process")
          .log(System.Logger.Level.WARNING, "left behind: " + socket, e);
    }
  }

  // ---- the beginning --------------------------------------------------------------------------

  /// Has the object made, and waits for it.
  ///
  /// @param message the interface, the initializer and the maker
  /// @return a handle to it, or what the initializer or the maker has thrown
  /// @throws WorkerLostException if the process has ended
  Object make(Message message, Codecs codecs, @Nullable ClassLoader loader)
      throws IOException, InterruptedException, WorkerLostException {
    try {
      String token = HostMain.token(new SecureRandom());
      greet(token);
      HostLine owner = accept(token, codecs, loader);
      line = owner;
      owner.send(Kind.MAKE, message);
      Frame answer = owner.receive();
      if (answer == null) {
        throw new IOException("it ended");
      }
      return made(Objects.requireNonNull(owner.decoder().read()));
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw new InterruptedException("interrupted while the host '" + name + "' started");
    } catch (IOException e) {
      throw endedOr(e);
    } finally {
      closeServer();
    }
  }

  private Object made(Object value) {
    if (value instanceof HostedHandle<?> handle) {
      folder = Path.of(handle.ref().host().socket()).getParent();
      handle.route().own(this);
      route = handle.route();
    }
    return value;
  }

  /// A connection ends some milliseconds before its process does.
  private WorkerLostException endedOr(IOException e) throws IOException, InterruptedException {
    try {
      return ended.get(KNOWN_AFTER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException _) {
      throw e;
    }
  }

  private void greet(String token) throws IOException {
    String place = Objects.requireNonNullElse(System.getProperty(UserFolder.PROPERTY), "");
    String lines =
        String.join(
            "\n", socket.toString(), token, name, "" + options.grace().toNanos(), place, "");
    var in = process.getOutputStream(); // left open: its end is ours
    in.write(lines.getBytes(StandardCharsets.UTF_8));
    in.flush();
  }

  private HostLine accept(String token, Codecs codecs, @Nullable ClassLoader loader)
      throws IOException {
    while (true) {
      HostLine guest = new HostLine(server.accept(), codecs, loader);
      if (guest.isGreetedWith(token) && guest.key() == process.pid()) {
        return guest;
      }
      guest.close();
    }
  }

  // ---- the end --------------------------------------------------------------------------------

  private void watch() {
    try {
      int code = process.waitFor();
      out.awaitEnd();
      err.awaitEnd();
      clean();
      ended.complete(
          new WorkerLoss(name, process.pid(), code, killedBecause, err.lastLines(), crashReport())
              .exception(null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does that
    }
  }

  /// Removes what an orderly end would have removed.
  private void clean() {
    closeServer(); // ends the wait for a host that has not come
    HostLine open = line;
    if (open != null) {
      open.close();
    }
    HostRoute callers = route;
    if (callers != null) {
      callers.close();
    }
    Path left = folder;
    if (left != null && Files.exists(left)) {
      try {
        ProcessFolder.delete(left);
      } catch (IOException e) {
        System.getLogger("dev.selvedge.process")
            .log(System.Logger.Level.WARNING, "left behind: " + left, e);
      }
    }
  }

  private @Nullable Path crashReport() {
    Path report = Path.of("hs_err_pid" + process.pid() + ".log").toAbsolutePath();
    return Files.exists(report) ? report : null;
  }

  /// {@return what a caller gets whose connection has ended}
  HostLostException lost(String what, @Nullable IOException failure) {
    if (closed) {
      return new HostLostException(
          what + " has no object any more: its handle, or the pool, was closed", null);
    }
    try {
      WorkerLostException how = ended.get(KNOWN_AFTER_SECONDS, TimeUnit.SECONDS);
      return new HostLostException(what + " has lost its object: " + how.getMessage(), how);
    } catch (TimeoutException | ExecutionException e) {
      return new HostLostException(
          what + " has lost the connection to the host '" + name + "', which lives", failure);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new HostLostException(what + " has lost its object: its host has ended", failure);
    }
  }

  /// Tells the host to end, once, and does not wait for it.
  synchronized void tell() {
    if (closed) {
      return;
    }
    closed = true;
    HostLine open = line;
    if (open == null) {
      kill("was killed, since it was closed before it was ready");
      return;
    }
    try {
      open.send(Kind.END, 0, -1);
    } catch (IOException e) {
      // it has ended
    }
  }

  /// Tells the host to end, and returns when it is gone, after the grace by force.
  void close() {
    tell();
    boolean interrupted = false;
    try {
      if (!process.waitFor(options.grace().toMillis(), TimeUnit.MILLISECONDS)) {
        kill("was killed, since it did not end when it was told to");
      }
    } catch (InterruptedException e) {
      interrupted = true;
      kill("was killed, since the thread that closes it was interrupted");
    }
    ended.join();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the process at once.
  void kill(String why) {
    if (process.isAlive()) {
      killedBecause = why;
      process.destroyForcibly();
    }
  }
}
