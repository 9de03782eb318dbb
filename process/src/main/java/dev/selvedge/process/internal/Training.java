package dev.selvedge.process.internal;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Fn;
import dev.selvedge.internal.Mapping;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import dev.selvedge.process.internal.Link.Frame;
import dev.selvedge.process.internal.Link.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// A program that does what workers do, so that the JVM sees which classes they need: it plays a
/// pool and runs the worker's program in the same process. What is loaded is kept in the
/// [AotCache].
public final class Training {
  private static final int ROUNDS = 50;

  private record Pair(String left, List<Integer> right) {}

  private Training() {}

  /// Runs the training.
  ///
  /// @param args the folder for what the two sides share, which belongs to the process that wants
  ///   it: so nothing stays when the training is broken off
  public static void main(String[] args) throws Exception {
    InputStream parent = System.in;
    Thread.ofPlatform().daemon().name("selvedge-parent").start(() -> endWith(parent));
    Path folder = Path.of(args[0]);
    Path socket = folder.resolve("s-" + ProcessHandle.current().pid());
    try (ServerSocketChannel server = UserFolder.listen(socket);
        WorkerMemory memory = WorkerMemory.create(folder, Native.isAvailable())) {
      var lines = new PipedOutputStream();
      System.setIn(new PipedInputStream(lines));
      String invitation = socket + "\ntoken\nworker-0\n" + memory.file() + "\n";
      lines.write(invitation.getBytes(StandardCharsets.UTF_8));
      lines.flush();
      Thread worker = Thread.ofPlatform().daemon().start(Training::work);
      Link data = memory.hasRings() ? new Link(memory.poolEnd()) : new Link(server.accept());
      if (!memory.hasRings()) {
        data.receive();
      }
      play(data, memory);
      worker.join();
      Runtime.getRuntime().exit(0); // before the socket is closed, which would orphan the worker
    }
  }

  private static void endWith(InputStream parent) {
    try {
      while (parent.read() >= 0) {
        // the parent writes nothing
      }
    } catch (IOException e) {
      // as good as its end
    }
    Runtime.getRuntime().halt(WorkerMain.ORPHANED);
  }

  private static void work() {
    try {
      WorkerMain.main(new String[0]);
    } catch (Exception e) {
      throw new AssertionError("training failed", e);
    }
  }

  private static void play(Link link, WorkerMemory memory) throws IOException {
    Action nothing = () -> {};
    link.send(new Frame(Kind.INITIALIZE, 0, -1, "", packed(nothing)));
    link.receive();
    List<Object> tasks = tasks();
    for (long number = 1; number <= ROUNDS * (long) tasks.size(); number++) {
      memory.offer(number);
      Message work = packed(tasks.get((int) (number % tasks.size())));
      link.send(
          new Frame(Kind.RUN, number, number % 2 == 0 ? -1 : Long.MAX_VALUE / 2, "4:task", work));
      Kind answer;
      do {
        answer = Objects.requireNonNull(link.receive()).kind();
      } while (answer != Kind.DONE && answer != Kind.FAILED);
    }
    link.send(Frame.of(Kind.END, 0, ""));
  }

  private static List<Object> tasks() {
    int captured = ROUNDS;
    Call<Object> number = () -> captured;
    Call<Object> pair = () -> new Pair("left", List.of(1, 2, captured));
    Call<Object> map = () -> Map.of("path", Path.of("a"), "none", Optional.of(1L));
    Call<Object> array = () -> new double[] {1, 2, 3};
    Call<Object> failing =
        () -> {
          throw new IllegalStateException("training");
        };
    Fn<Integer, Object> increment = n -> n + 1;
    List<Object> tasks = new ArrayList<>(List.of(number, pair, map, array, failing));
    tasks.add(new Mapping.Application<>(increment, 1));
    tasks.add(new Mapping.Application<>(new ChunkFn<>(increment), new Object[] {1, 2, 3}));
    return tasks;
  }

  private static Message packed(Object work) throws IOException {
    Encoder encoder = new Encoder(Codecs.standard());
    encoder.write(work);
    return encoder.toMessage();
  }
}
