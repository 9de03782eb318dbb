package dev.selvedge.loop.io;

import dev.selvedge.Pool;
import dev.selvedge.Stability;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Options of a [TcpServer]; immutable, each method returns a changed copy.
///
/// ```java
/// TcpServer server = TcpServer.open(8025, options -> options.name("echo").limit(1_000), handler);
/// ```
///
/// @param name the server's name, for messages and dumps
/// @param pool where the handlers run; without it each has its own virtual thread. The server does
///   not close it
/// @param limit how many connections are open at the same time at most. Others wait in the queue of
///   the operating system until one has ended
/// @param backlog how many wait there at most, as far as the operating system allows
/// @param grace how long [TcpServer#close()] lets handlers go on before it cancels them
/// @param connections the options of the connections
/// @param onFailure what is told of failures of handlers
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record ServerOptions(
    String name,
    @Nullable Pool pool,
    int limit,
    int backlog,
    Duration grace,
    ConnectionOptions connections,
    FailureListener onFailure) {

  static final ServerOptions DEFAULT =
      new ServerOptions(
          "server",
          null,
          Integer.MAX_VALUE,
          1024,
          Duration.ofSeconds(5),
          ConnectionOptions.DEFAULT,
          FailureListener.LOG);

  /// Is told of what handlers throw, and of what prevents connections from being served. The server
  /// goes on in any case.
  ///
  /// @since 0.1
  @FunctionalInterface
  public interface FailureListener {
    /// Logs a warning: the listener of a server that says nothing else.
    FailureListener LOG =
        (server, failure) ->
            System.getLogger("dev.selvedge")
                .log(System.Logger.Level.WARNING, server + ": " + failure, failure);

    /// Is told of a failure, on the thread that has met it.
    ///
    /// @param where which server and connection
    /// @param failure what was thrown
    void failed(String where, Throwable failure);
  }

  /// Checks the options.
  ///
  /// @throws IllegalArgumentException if a number is not positive, or the grace is negative
  public ServerOptions {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(grace, "grace");
    Objects.requireNonNull(connections, "connections");
    Objects.requireNonNull(onFailure, "onFailure");
    if (limit < 1 || backlog < 1) {
      throw new IllegalArgumentException(
          "limit is " + limit + " and backlog " + backlog + "; give at least one connection");
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException(
          "grace is " + grace + "; give a time that is not negative");
    }
  }

  /// {@return these options with another name}
  ///
  /// @param newName the name
  public ServerOptions name(String newName) {
    return new ServerOptions(newName, pool, limit, backlog, grace, connections, onFailure);
  }

  /// {@return these options with a pool for the handlers}
  ///
  /// @param newPool the pool
  public ServerOptions pool(Pool newPool) {
    return new ServerOptions(
        name,
        Objects.requireNonNull(newPool, "newPool"),
        limit,
        backlog,
        grace,
        connections,
        onFailure);
  }

  /// {@return these options with a limit for the connections that are open at the same time}
  ///
  /// @param newLimit how many; unlimited by default
  /// @throws IllegalArgumentException if that is not positive
  public ServerOptions limit(int newLimit) {
    return new ServerOptions(name, pool, newLimit, backlog, grace, connections, onFailure);
  }

  /// {@return these options with another length of the queue of the operating system}
  ///
  /// @param newBacklog how many connections wait to be accepted; 1024 by default
  /// @throws IllegalArgumentException if that is not positive
  public ServerOptions backlog(int newBacklog) {
    return new ServerOptions(name, pool, limit, newBacklog, grace, connections, onFailure);
  }

  /// {@return these options with another grace}
  ///
  /// @param newGrace how long a closing server lets handlers go on; 5 s by default
  /// @throws IllegalArgumentException if that is negative
  public ServerOptions grace(Duration newGrace) {
    return new ServerOptions(name, pool, limit, backlog, newGrace, connections, onFailure);
  }

  /// {@return these options with other options for the connections}
  ///
  /// @param change changes those that there are
  public ServerOptions connections(UnaryOperator<ConnectionOptions> change) {
    return new ServerOptions(
        name,
        pool,
        limit,
        backlog,
        grace,
        Objects.requireNonNull(change.apply(connections), "change returned null"),
        onFailure);
  }

  /// {@return these options with TLS for the connections} The handshake is part of serving a
  /// connection, so a slow one holds up no other.
  ///
  /// @param context the server's key and certificate, and whom it trusts
  public ServerOptions tls(SSLContext context) {
    return connections(options -> options.tls(context));
  }

  /// {@return these options with another listener for failures}
  ///
  /// @param newListener is told of what handlers throw; by default it is logged
  public ServerOptions onFailure(FailureListener newListener) {
    return new ServerOptions(name, pool, limit, backlog, grace, connections, newListener);
  }
}
