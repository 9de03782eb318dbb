package dev.selvedge.process.internal;

import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Lexicon;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The socket of a pool, in the private folder of this process, and the processes that connect to
/// it. Whoever does not know the pool's token is turned away; the token reaches workers through a
/// pipe that nobody else can read.
public final class Hub {
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TOKEN_BYTES = 16;

  private final String pool;
  private final String token = HexFormat.of().formatHex(randomBytes());
  private final Map<Long, Worker> started = new ConcurrentHashMap<>(); // by pid
  private final Set<Link> guests = ConcurrentHashMap.newKeySet(); // who have not said who they are
  private @Nullable ServerSocketChannel server; // guarded by this
  private @Nullable Path socket; // guarded by this
  private boolean closed; // guarded by this

  /// Where workers connect, and what they say there.
  record Address(Path socket, String token) {}

  /// A hub without a socket yet.
  public Hub(String pool) {
    this.pool = pool;
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /// Starts a worker, which will connect.
  public synchronized void start(
      Worker.Owner owner,
      String name,
      ProcessOptions options,
      Codecs codecs,
      Lexicon lexicon,
      Slabs slabs,
      Message initializer)
      throws IOException {
    if (closed) {
      throw new IOException("the pool '" + pool + "' has ended");
    }
    if (server == null) {
      open();
    }
    Worker worker =
        new Worker(
            new Registrar(owner),
            name,
            options,
            codecs,
            lexicon,
            slabs,
            initializer,
            new Address(Objects.requireNonNull(socket), token));
    started.put(worker.pid(), worker);
  }

  /// Forgets workers that have ended.
  private final class Registrar implements Worker.Owner {
    private final Worker.Owner owner;

    Registrar(Worker.Owner owner) {
      this.owner = owner;
    }

    @Override
    public void ready(Worker worker) {
      owner.ready(worker);
    }

    @Override
    public void freed(Worker worker) {
      owner.freed(worker);
    }

    @Override
    public void ended(Worker worker, @Nullable Throwable failure, List<Assignment> notBegun) {
      started.remove(worker.pid());
      owner.ended(worker, failure, notBegun);
    }

    @Override
    public void lost(Assignment assignment, WorkerLoss loss) {
      owner.lost(assignment, loss);
    }
  }

  private void open() throws IOException {
    Path path = ProcessFolder.own().path().resolve("s-" + NUMBERS.incrementAndGet());
    ServerSocketChannel channel = UserFolder.listen(path);
    server = channel;
    socket = path;
    Thread.ofVirtual().name(pool + "-accept").start(() -> accept(channel));
  }

  private void accept(ServerSocketChannel channel) {
    try {
      while (true) {
        SocketChannel guest = channel.accept();
        Thread.ofVirtual().name(pool + "-hello").start(() -> greet(guest));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void greet(SocketChannel guest) {
    Link link = new Link(guest);
    guests.add(link);
    try {
      Frame hello = link.receive();
      Worker worker = hello == null || !isKnown(hello) ? null : started.get(hello.number());
      if (hello == null || worker == null) {
        link.close();
      } else if (hello.kind() == Kind.DATA) {
        worker.dataConnected(link);
      } else {
        worker.connected(link);
      }
    } catch (IOException | OutOfMemoryError e) {
      turnAway(link); // a worker that fails here ends, which is noticed
    } finally {
      guests.remove(link);
    }
  }

  private static void turnAway(Link link) {
    try {
      link.close();
    } catch (IOException e) {
      // it is closed then
    }
  }

  private boolean isKnown(Frame hello) {
    return (hello.kind() == Kind.HELLO || hello.kind() == Kind.DATA)
        && MessageDigest.isEqual(
            hello.text().getBytes(java.nio.charset.StandardCharsets.UTF_8),
            token.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /// Kills all workers.
  void kill() {
    started.values().forEach(worker -> worker.kill("was killed, since its pool was"));
  }

  /// Ends all workers and removes the socket; returns when they are gone.
  public void close(Duration grace) {
    synchronized (this) {
      closed = true;
    }
    started.values().forEach(Worker::retire);
    boolean interrupted = false;
    for (Worker worker : started.values()) {
      try {
        worker.awaitEnd();
      } catch (InterruptedException e) {
        interrupted = true;
        worker.kill("was killed, since the thread that closes its pool was interrupted");
      }
    }
    synchronized (this) {
      try {
        if (server != null && socket != null) {
          server.close();
          Files.deleteIfExists(socket);
        }
        guests.forEach(Hub::turnAway);
      } catch (IOException e) {
        System.getLogger("dev.selvedge.process")
            .log(System.Logger.Level.WARNING, "left behind: " + socket, e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
