package dev.selvedge.loop.io;

import dev.selvedge.Pool;
import dev.selvedge.Stability;
import dev.selvedge.TaskGroup;
import dev.selvedge.Tasks;
import dev.selvedge.internal.Problems;
import dev.selvedge.internal.Times;
import dev.selvedge.loop.internal.Poller;
import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import dev.selvedge.sync.Event;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Accepts connections and serves each in a task group of its own, over TCP or a Unix-domain
/// socket.
///
/// ```java
/// try (TcpServer server = TcpServer.open(8025, (connection, group) -> {
///   for (String line = connection.readLine(); line != null; line = connection.readLine()) {
///     connection.write(line + "\n");
///   }
/// })) {
///   server.join();
/// }
/// ```
///
/// **A handler** runs as the body of a task group: what it forks there ends with it, and its
/// connection is closed when it has ended, however it ends.
///
/// **One connection never hurts another.** What a handler throws is reported to
/// [ServerOptions#onFailure()], its connection is closed, and the server goes on. So it does when
/// the operating system cannot accept, for instance because it has no more descriptors: that is
/// reported, and tried again after a pause.
///
/// **Event loops.** With [EventLoop.open()][dev.selvedge.loop.EventLoop#open()] as
/// [ServerOptions#pool()] all handlers take turns on one thread, which also watches their
/// connections. With [EventLoop.perCore()][dev.selvedge.loop.EventLoop#perCore()] one task accepts,
/// and each connection goes to the loop that serves the fewest.
///
/// **Limit.** With as many connections as [ServerOptions#limit()] allows no more are accepted. They
/// wait in the queue of the operating system, and are served when others have ended. A handler that
/// must not be held for ever by a silent peer sets a [dev.selvedge.Deadline].
///
/// **End.** [#stop()] accepts no more, and lets handlers finish. [#close()] does so for the
/// [grace][ServerOptions#grace()], then cancels them and waits until they have ended. [#abort()]
/// cancels them at once. A server that is open keeps the JVM running. If it was opened under a
/// deadline, or the pool that it was given is closed at once, it ends with that.
///
/// Thread-safe.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class TcpServer implements AutoCloseable {
  /// The server whose handler this thread runs.
  private static final ScopedValue<TcpServer> SERVING = ScopedValue.newInstance();

  private static final long ACCEPT_PAUSE = Duration.ofMillis(200).toNanos();

  // One task accepts. It waits in one place, for whatever is news to it: a connection to accept,
  // the end of one when the limit was reached, or the order to stop. Whoever has news gives the
  // signal in `news`, after the fact; the task publishes a new signal before it looks at the facts.
  //
  // A connection is in `connections` from its acceptance until its task has ended or, if the task
  // never started because everything was cancelled, until the server has.

  private final ServerOptions options;
  private final Handler handler;
  private final ServerSocketChannel channel;
  private final Acceptor acceptor;
  private final SocketAddress address;
  private final @Nullable SocketFile file;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Event ended = Event.create();
  private volatile boolean stopping;
  private volatile boolean aborting;
  private volatile @Nullable Poller poller; // once it watches the channel
  private volatile @Nullable Signal news;
  private volatile @Nullable TaskGroup group;

  /// What serves a connection.
  ///
  /// @since 0.1
  @FunctionalInterface
  public interface Handler {
    /// Serves a connection until its end. It is closed afterwards.
    ///
    /// @param connection the connection
    /// @param group owns what the handler forks; the handler is its body
    /// @throws Exception what is reported to [ServerOptions#onFailure()]
    void serve(Connection connection, TaskGroup group) throws Exception;
  }

  /// Accepts a connection, or returns null if there is none. Replaced by tests.
  @FunctionalInterface
  interface Acceptor {
    @Nullable SocketChannel accept(ServerSocketChannel channel) throws IOException;
  }

  private TcpServer(
      ServerSocketChannel channel,
      Acceptor acceptor,
      @Nullable SocketFile file,
      ServerOptions options,
      Handler handler)
      throws IOException {
    this.channel = channel;
    this.acceptor = acceptor;
    this.file = file;
    this.options = options;
    this.handler = handler;
    this.address = channel.getLocalAddress();
  }

  /// Opens a server on all addresses of this machine.
  ///
  /// @param port the port; zero for one that is free, see [#port()]
  /// @param handler serves each connection
  /// @return the server, which accepts already
  /// @throws BindException if the port is in use or not allowed
  /// @throws IOException if it cannot be opened otherwise
  public static TcpServer open(int port, Handler handler) throws IOException {
    return open(port, options -> options, handler);
  }

  /// Opens a server on all addresses of this machine.
  ///
  /// @param port the port; zero for one that is free, see [#port()]
  /// @param options changes the default options
  /// @param handler serves each connection
  /// @return the server, which accepts already
  /// @throws BindException if the port is in use or not allowed
  /// @throws IOException if it cannot be opened otherwise
  public static TcpServer open(int port, UnaryOperator<ServerOptions> options, Handler handler)
      throws IOException {
    return open(new InetSocketAddress(port), options, handler);
  }

  /// Opens a server.
  ///
  /// @param address an [InetSocketAddress], or a [UnixDomainSocketAddress], whose file is removed
  ///   when the server closes, unless it is not the server's own any more
  /// @param options changes the default options
  /// @param handler serves each connection
  /// @return the server, which accepts already
  /// @throws BindException if the address is in use or not allowed; the message says which
  /// @throws IOException if it cannot be opened otherwise
  public static TcpServer open(
      SocketAddress address, UnaryOperator<ServerOptions> options, Handler handler)
      throws IOException {
    return open(address, options, handler, ServerSocketChannel::accept);
  }

  static TcpServer open(
      SocketAddress address,
      UnaryOperator<ServerOptions> options,
      Handler handler,
      Acceptor acceptor)
      throws IOException {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(handler, "handler");
    ServerOptions changed =
        Objects.requireNonNull(
            Objects.requireNonNull(options, "options").apply(ServerOptions.DEFAULT),
            "options returned null");
    ServerSocketChannel channel = Sockets.openServer(address);
    try {
      bind(channel, address, changed.backlog());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    SocketFile file = SocketFile.of(address);
    try {
      TcpServer server = new TcpServer(channel, acceptor, file, changed, handler);
      server.start();
      return server;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (file != null) {
        file.delete();
      }
      throw e;
    }
  }

  private static void bind(ServerSocketChannel channel, SocketAddress address, int backlog)
      throws IOException {
    try {
      if (!(address instanceof UnixDomainSocketAddress)) {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      channel.bind(address, backlog);
    } catch (IOException e) {
      BindException described =
          new BindException("cannot listen on " + address + ": " + e.getMessage());
      described.initCause(e);
      throw described;
    }
  }

  private void start() {
    Pool given = options.pool();
    if (given != null) {
      given.submit(this::run);
    } else {
      Pool own = Pool.virtual();
      own.submit(this::run);
      own.shutdown(); // it has its work
    }
  }

  // ---- serving --------------------------------------------------------------------------------

  private void run() {
    try {
      TaskGroup.run(this::groupOptions, this::accept);
    } catch (Exception e) {
      if (!aborting && !isCancelled()) {
        report(options.name(), e);
      }
    } finally {
      shut();
      connections.forEach(Connection::abort); // whose tasks never started
      connections.clear();
      ended.set();
    }
  }

  private TaskGroup.Options groupOptions(TaskGroup.Options defaults) {
    TaskGroup.Options named = defaults.name(options.name()).failFast(false);
    Pool given = options.pool();
    return given == null ? named : named.pool(given);
  }

  private void accept(TaskGroup tasks) throws IOException, InterruptedException {
    group = tasks;
    while (true) {
      Signal signal = new Signal();
      news = signal;
      if (stopping) {
        return;
      }
      if (connections.size() >= options.limit()) {
        signal.await(this, Kernel.FOREVER);
        continue;
      }
      try {
        SocketChannel accepted = acceptor.accept(channel);
        if (accepted != null) {
          begin(tasks, accepted);
        } else {
          watch();
          signal.await(this, Kernel.FOREVER);
        }
      } catch (IOException e) {
        if (!stopping) {
          report(options.name() + " cannot accept, and tries again", e);
          signal.await(this, Kernel.current().nanoTime() + ACCEPT_PAUSE);
        }
      }
    }
  }

  private void watch() throws IOException {
    Poller watching = poller;
    if (watching == null) {
      watching = Poller.current();
      poller = watching;
    }
    watching.arm(watching.watch(channel, this::ready), SelectionKey.OP_ACCEPT);
  }

  private boolean ready(int operations) {
    tell();
    return false;
  }

  private void begin(TaskGroup tasks, SocketChannel accepted) {
    Connection connection;
    try {
      connection = Sockets.connection(accepted, null, options.connections(), null);
    } catch (IOException e) {
      report("a connection that ended at once", e);
      return;
    }
    connections.add(connection);
    try {
      tasks.fork(nameOf(connection), () -> serve(connection));
    } catch (RejectedExecutionException e) {
      connections.remove(connection);
      connection.abort();
      report(nameOf(connection), e);
    }
  }

  private static String nameOf(Connection connection) {
    return "connection " + connection.remoteAddress();
  }

  private void serve(Connection connection) {
    try (connection) {
      ScopedValue.where(SERVING, this)
          .call(
              () ->
                  TaskGroup.<@Nullable Void>call(
                      defaults -> defaults.name("handler"),
                      tasks -> {
                        connection.handshake();
                        handler.serve(connection, tasks);
                        return null;
                      }));
    } catch (Throwable e) {
      if (!aborting && !isCancelled()) {
        report(nameOf(connection), e);
      }
    } finally {
      connections.remove(connection);
      tell();
    }
  }

  private static boolean isCancelled() {
    return Tasks.current().flatMap(task -> task.cancelReason()).isPresent();
  }

  private void report(String where, Throwable failure) {
    Problems.guard("a listener for failures", () -> options.onFailure().failed(where, failure));
  }

  private void tell() {
    Signal waiting = news;
    if (waiting != null) {
      waiting.give();
    }
  }

  // ---- who and whether ------------------------------------------------------------------------

  /// {@return the address that the server listens on}
  public SocketAddress address() {
    return address;
  }

  /// {@return the port that the server listens on}
  ///
  /// @throws IllegalStateException if it is a Unix-domain server
  public int port() {
    if (address instanceof InetSocketAddress inet) {
      return inet.getPort();
    }
    throw new IllegalStateException(this + " has no port; ask for its address()");
  }

  /// {@return how many connections are open at the moment}
  public int connectionCount() {
    return connections.size();
  }

  // ---- the end --------------------------------------------------------------------------------

  /// Accepts no more connections, and returns at once. Those that are open are served to their end;
  /// then the server has ended. Connections that wait to be accepted are refused. Without effect if
  /// called again.
  public void stop() {
    stopping = true;
    shut();
    tell();
  }

  private void shut() {
    try {
      channel.close();
    } catch (IOException _) {
      // it accepts no more in any case
    }
    Poller watching = poller;
    if (watching != null) {
      watching.release(channel);
    }
    if (file != null) {
      file.delete();
    }
  }

  /// Waits until the server has ended: it was stopped, and all its connections have ended.
  ///
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the server
  ///   goes on
  public void join() throws InterruptedException {
    ended.await();
  }

  /// Waits until the server has ended, for at most the given time.
  ///
  /// @param timeout how long to wait at most
  /// @return whether it has ended
  /// @throws InterruptedException if the thread is interrupted or the task cancelled; the server
  ///   goes on
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean join(Duration timeout) throws InterruptedException {
    return ended.await(timeout);
  }

  /// Stops the server, lets handlers go on for the [grace][ServerOptions#grace()], and then cancels
  /// them and waits until they have ended. An interrupt ends the grace, and stays pending. Without
  /// effect if the server has ended.
  ///
  /// A handler must not call this, as it would wait for itself: it calls [#stop()].
  ///
  /// @throws IllegalStateException if a handler of this server calls it on its own thread
  @Override
  public void close() {
    if (SERVING.isBound() && SERVING.get().equals(this)) {
      throw new IllegalStateException(
          "a handler of "
              + this
              + " closes it, which would wait for itself; call stop() or abort()");
    }
    stop();
    boolean interrupted = false;
    try {
      interrupted = !awaitEnd(Times.deadline(Kernel.current(), options.grace()));
    } finally {
      cancel();
    }
    while (!ended.isSet()) {
      interrupted |= !awaitEnd(Kernel.FOREVER);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return false if it was interrupted}
  private boolean awaitEnd(long deadline) {
    try {
      if (deadline == Kernel.FOREVER) {
        ended.await();
      } else {
        long left = deadline - Kernel.current().nanoTime();
        boolean _ = ended.await(Duration.ofNanos(Math.max(0, left)));
      }
      return true;
    } catch (InterruptedException _) {
      return false;
    }
  }

  /// Stops the server, cancels its handlers and closes all connections at once, whatever of their
  /// output is unsent. Returns at once; [#join()] waits until the handlers have ended. Handlers may
  /// call this.
  public void abort() {
    stop();
    cancel();
  }

  private void cancel() {
    aborting = true;
    TaskGroup tasks = group;
    if (tasks != null) {
      tasks.cancel("the server '" + options.name() + "' was closed");
    }
    connections.forEach(Connection::abort);
  }

  @Override
  public String toString() {
    return "server '" + options.name() + "' on " + address;
  }
}
