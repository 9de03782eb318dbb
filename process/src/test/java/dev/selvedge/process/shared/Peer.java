package dev.selvedge.process.shared;

import static org.junit.jupiter.api.Assertions.fail;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.process.internal.Native;
import dev.selvedge.process.internal.UserFolder;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Another JVM, which runs what it is told, each on a thread of its own; so calls with their
/// captured handles travel in these tests as they would to a pool's worker.
final class Peer implements AutoCloseable {
  /// A time that is never reached when all is well.
  static final Duration LONG = Duration.ofSeconds(30);

  private static @Nullable Peer left; // guarded by the class
  private static @Nullable Peer right; // guarded by the class

  private final Process process;
  private final PrintStream out;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, CompletableFuture<@Nullable Object>> pending = new ConcurrentHashMap<>();

  private Peer(Process process) {
    this.process = process;
    this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    Thread.ofPlatform().daemon().name("peer-" + process.pid()).start(this::readAnswers);
  }

  /// {@return one that all tests use, and none kills}
  static synchronized Peer left() throws IOException {
    left = left == null ? start() : left;
    return left;
  }

  /// {@return another one that all tests use, and none kills}
  static synchronized Peer right() throws IOException {
    right = right == null ? start() : right;
    return right;
  }

  /// {@return a new one, to be closed or killed} It calls the kernel if these tests do.
  static Peer start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx128m"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-D" + Native.PROPERTY + "=" + Native.isAvailable());
    command.add("-D" + UserFolder.PROPERTY + "=" + UserFolder.current().path().getParent());
    command.addAll(List.of(options));
    command.addAll(
        List.of("-classpath", System.getProperty("java.class.path"), Peer.class.getName()));
    return new Peer(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /// Waits until something is the case that nobody tells.
  static void eventually(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("not in time: " + what);
      }
      LockSupport.parkNanos(20_000);
    }
  }

  long pid() {
    return process.pid();
  }

  /// Starts a call there.
  @SuppressWarnings("unchecked") // what a call returns is what arrives
  <T extends @Nullable Object> CompletableFuture<T> begin(Call<T> call) throws IOException {
    long number = numbers.incrementAndGet();
    CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
    pending.put(number, answer);
    out.println(number + " " + encode(call));
    return (CompletableFuture<T>) (CompletableFuture<?>) answer;
  }

  /// Calls something there, and waits for its value.
  <T extends @Nullable Object> T call(Call<T> call) throws Exception {
    return begin(call).get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /// Does something there, and waits until it is done.
  void run(Action action) throws Exception {
    call(
        () -> {
          action.perform();
          return true;
        });
  }

  /// Kills it by `kill -9`, and does not wait.
  void kill() {
    process.destroyForcibly();
  }

  /// Sends it a signal, such as `STOP`.
  void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
    if (kill.waitFor() != 0) {
      fail("kill -" + name);
    }
  }

  /// Waits for its end.
  void awaitEnd() throws InterruptedException {
    process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    out.close();
    eventually("the peer ends", () -> !process.isAlive());
  }

  private void readAnswers() {
    try (BufferedReader in = process.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] parts = line.split(" ", 3);
        CompletableFuture<@Nullable Object> answer = pending.remove(Long.valueOf(parts[0]));
        Object value = decode(parts[2]);
        if (answer != null && parts[1].equals("value")) {
          answer.complete(value);
        } else if (answer != null) {
          answer.completeExceptionally((Throwable) value);
        }
      }
    } catch (Exception e) {
      pending.values().forEach(answer -> answer.completeExceptionally(e));
    }
    pending.values().forEach(a -> a.completeExceptionally(new IOException("the peer has ended")));
  }

  /// The other side.
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split(" ", 2);
      Thread.ofPlatform().daemon().start(() -> answer(parts[0], parts[1], answers));
    }
  }

  private static void answer(String number, String call, PrintStream answers) {
    String answer;
    try {
      answer = " value " + encode(((Call<?>) decode(call)).call());
    } catch (Throwable e) {
      answer = " failure " + encode(e);
    }
    synchronized (answers) {
      answers.println(number + answer);
      answers.flush();
    }
  }

  private static String encode(@Nullable Object value) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static Object decode(String text) throws IOException, ClassNotFoundException {
    byte[] bytes = Base64.getDecoder().decode(text);
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }
}
