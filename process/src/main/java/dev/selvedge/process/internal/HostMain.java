package dev.selvedge.process.internal;

import dev.selvedge.Action;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.internal.HostLine.Frame;
import dev.selvedge.process.internal.HostLine.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.NotSerializableException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The program of a host: makes its object, lets callers in, and waits for its end.
///
/// Its standard input says where the process is that started it, and ends when that does, however
/// it ends; the host then ends, too, and removes what both have left.
public final class HostMain {
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final String name;
  private final long grace;
  private final Optional<ProcessHandle> owner = ProcessHandle.current().parent();
  private final Codecs codecs = Codecs.load(ClassLoader.getSystemClassLoader());

  private HostMain(String name, long grace) {
    this.name = name;
    this.grace = grace;
  }

  /// Runs a host.
  public static void main(String[] args) throws Exception {
    InputStream parent = System.in;
    var lines = new BufferedReader(new InputStreamReader(parent, StandardCharsets.UTF_8));
    Path socket = Path.of(Objects.requireNonNull(lines.readLine()));
    String token = Objects.requireNonNull(lines.readLine());
    String name = Objects.requireNonNull(lines.readLine());
    long grace = Long.parseLong(Objects.requireNonNull(lines.readLine()));
    String folder = Objects.requireNonNull(lines.readLine());
    if (!folder.isEmpty()) {
      System.setProperty(UserFolder.PROPERTY, folder);
    }
    System.setIn(InputStream.nullInputStream());
    HostMain host = new HostMain(name, grace);
    Thread.ofPlatform().daemon().name("selvedge-parent").start(() -> host.endWith(parent));
    host.serve(socket, token);
  }

  private void serve(Path socket, String token) throws IOException, InterruptedException {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    long pid = ProcessHandle.current().pid();
    try (HostLine owner = HostLine.connect(socket, token, pid, codecs, loader)) {
      owner.flush();
      Frame make = owner.receive();
      if (make != null && make.kind() == Kind.MAKE) {
        open(owner);
        awaitEnd(owner);
      }
    }
    Host host = Host.current();
    if (host != null) {
      host.end();
    }
    System.exit(0);
  }

  /// Returns when the host was told to end; the process ends in here if its owner does.
  private void awaitEnd(HostLine line) {
    Frame frame;
    try {
      frame = line.receive();
    } catch (IOException e) {
      frame = null;
    }
    if (frame == null) {
      orphaned();
    }
  }

  @SuppressWarnings("unchecked")
  private void open(HostLine owner) throws IOException {
    Class<Object> type;
    Object object;
    try {
      type = (Class<Object>) Objects.requireNonNull(owner.decoder().read());
      ((Action) Objects.requireNonNull(owner.decoder().read())).perform();
      object = ((Callable<?>) Objects.requireNonNull(owner.decoder().read())).call();
      check(type, object);
    } catch (Throwable e) {
      writeFailure(owner, e);
      owner.send(Kind.FAILED, 0, -1);
      return;
    } finally {
      owner.decoder().reset();
    }
    Path path = ProcessFolder.own().path().resolve("h-1");
    ServerSocketChannel server = UserFolder.listen(path);
    Host host = new Host(address(path), codecs);
    var handle = host.add(type, object);
    Thread.ofPlatform().daemon().name(name + "-accept").start(() -> host.accept(server));
    owner.encoder().write(handle);
    owner.send(Kind.READY, 0, -1);
  }

  private static void check(Class<?> type, Object object) {
    if (!type.isInstance(object)) {
      throw new ClassCastException(
          "what was made is " + (object == null ? "null" : object.getClass()) + ", and no " + type);
    }
  }

  private HostAddress address(Path socket) {
    SecureRandom random = new SecureRandom();
    return new HostAddress(
        name,
        random.nextLong() | 1, // not 0
        ProcessHandle.current().pid(),
        socket.toString(),
        token(random),
        grace);
  }

  /// {@return a new token}
  static String token(SecureRandom random) {
    byte[] bytes = new byte[HostLine.TOKEN / 2];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void writeFailure(HostLine owner, Throwable thrown) throws IOException {
    try {
      owner.encoder().write(thrown);
    } catch (CannotTravelException e) {
      var substitute =
          new NotSerializableException(thrown + " (which could not travel: " + e + ")");
      substitute.setStackTrace(thrown.getStackTrace());
      owner.encoder().write(substitute);
    }
  }

  // ---- orphans --------------------------------------------------------------------------------

  private void endWith(InputStream parent) {
    try {
      while (parent.read() >= 0) {
        // the parent writes nothing more
      }
    } catch (IOException e) {
      // as good as its end
    }
    orphaned();
  }

  /// Ends a host whose owner has vanished: the pipe and the connection both tell so.
  private synchronized void orphaned() {
    Thread.ofPlatform().daemon().name("selvedge-halt").start(this::haltLater);
    owner.ifPresent(HostMain::awaitEnd);
    sweep();
    System.exit(WorkerMain.ORPHANED);
  }

  /// Hooks of the program may not hold an orphan longer than this.
  private void haltLater() {
    try {
      Thread.sleep(FAREWELL.plusNanos(grace));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(WorkerMain.ORPHANED);
  }

  /// A killed process has lost its pipes some milliseconds before it counts as dead.
  private static void awaitEnd(ProcessHandle parent) {
    try {
      parent.onExit().get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // what it leaves stays for the next process of this user
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void sweep() {
    try {
      UserFolder.current().sweep();
    } catch (IOException e) {
      // as above
    }
  }
}
