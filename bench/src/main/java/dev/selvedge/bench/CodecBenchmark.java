package dev.selvedge.bench;

import dev.selvedge.Call;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Lexicon;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A value there and back: the codec of worker processes, and JDK serialization.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgs = {"-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "--enable-preview"})
public class CodecBenchmark {

  /// What a program might send.
  record Point(int x, int y, String name) implements Serializable {}

  /// What is sent.
  @Param({"int", "string", "record", "integers", "records", "lambda"})
  private String kind = "int";

  private final Lexicon ours = new Lexicon();
  private final Lexicon theirs = new Lexicon();
  private final Codecs codecs = Codecs.standard();
  private final Encoder encoder = new Encoder(codecs);
  private final Decoder decoder = new Decoder(codecs, CodecBenchmark.class.getClassLoader());
  private final Encoder knowing = new Encoder(codecs, ours);
  private final Decoder learnt = new Decoder(codecs, CodecBenchmark.class.getClassLoader(), theirs);
  private int next = 1000;

  /// Fresh objects each time, as in a program: they have no identity hash codes yet.
  private Object value() {
    int n = next++ & 0xFFFF;
    return switch (kind) {
      case "int" -> n;
      case "string" ->
          "0123456789012345678901234567890123456789012345678901234567".concat("123456");
      case "record" -> new Point(n, n + 1, "name");
      case "integers" -> IntStream.range(n, n + 100).boxed().toArray(Integer[]::new);
      case "records" -> {
        List<Point> points = new ArrayList<>(100);
        for (int i = 0; i < 100; i++) {
          points.add(new Point(n, i, "name"));
        }
        yield points;
      }
      case "lambda" -> (Call<Integer>) () -> n;
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /// Makes both ends know the classes.
  @Setup
  public void learn() throws IOException {
    knowing.write(value());
    knowing.reset();
    theirs.learn(ours.entries(0, ours.size()));
  }

  /// To make the value only.
  @Benchmark
  public Object nothing() {
    return value();
  }

  /// Messages that describe their classes.
  @Benchmark
  public @Nullable Object codec() throws IOException {
    return thereAndBack(encoder, decoder);
  }

  /// Messages between ends that know the classes.
  @Benchmark
  public @Nullable Object codecWithLexicon() throws IOException {
    return thereAndBack(knowing, learnt);
  }

  private @Nullable Object thereAndBack(Encoder out, Decoder in) throws IOException {
    out.reset();
    out.write(value());
    byte[] bytes = out.toByteArray();
    in.open(bytes, 0, bytes.length, List.of());
    return in.read();
  }

  /// The peer.
  @Benchmark
  public Object jdk() throws IOException, ClassNotFoundException {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value());
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }
}
