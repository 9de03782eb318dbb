package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecOwnTypesTest {

  /// Not serializable.
  static class Matrix {
    private final int columns;
    private final double[] cells;

    Matrix(int columns, double[] cells) {
      this.columns = columns;
      this.cells = cells;
    }

    int columns() {
      return columns;
    }

    double[] cells() {
      return cells;
    }
  }

  /// Found by its nearer supertype.
  static final class Square extends Matrix {
    Square(int columns, double[] cells) {
      super(columns, cells);
    }
  }

  /// The example of the documentation.
  public static final class MatrixCodec implements Codec<Matrix> {
    @Override
    public Class<Matrix> type() {
      return Matrix.class;
    }

    @Override
    public void write(Matrix matrix, Sink sink) throws IOException {
      sink.writeInt(matrix.columns());
      sink.writeObject(matrix.cells());
    }

    @Override
    public Matrix read(Source source) throws IOException {
      int columns = source.readInt();
      return new Matrix(columns, source.readObject(double[].class));
    }
  }

  private static final Codecs CODECS = Trip.CODECS.with(new MatrixCodec());

  @Test
  void aTypeTravelsByItsCodec() throws Exception {
    Matrix matrix = new Matrix(2, new double[] {1, 2, 3, 4});
    assertThrows(CannotTravelException.class, () -> Trip.there(matrix));
    assertArrayEquals(matrix.cells(), Trip.of(CODECS, matrix).cells());
    Call<Integer> captured = () -> matrix.columns();
    assertEquals(2, Trip.of(CODECS, captured).call());
    var held = Trip.of(CODECS, new CodecRoundTripTest.Holder(matrix)).held();
    assertEquals(2, assertInstanceOf(Matrix.class, held).columns());
    Object[] twice = Trip.of(CODECS, new Object[] {matrix, matrix});
    assertSame(twice[0], twice[1]);
  }

  @Test
  void aSubtypeTravelsByTheCodecOfItsSupertype() throws IOException {
    assertEquals(1, Trip.<Matrix>of(CODECS, new Square(1, new double[1])).columns());
  }

  @Test
  void bothEndsNeedTheCodec() throws IOException {
    Message message = Trip.there(CODECS, new Matrix(1, new double[1]));
    var missing =
        assertThrows(UnreadableObjectException.class, () -> Trip.back(Trip.CODECS, message));
    assertTrue(missing.toString().contains(Matrix.class.getName()), missing.toString());
  }

  @Test
  void aTypeHasOneCodec() {
    assertThrows(IllegalArgumentException.class, () -> CODECS.with(new MatrixCodec()));
  }

  @Test
  void codecsAreFoundAsServices(@TempDir Path folder) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(Codec.class.getName()), MatrixCodec.class.getName());
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, Trip.LOADER)) {
      Codecs found = Codecs.load(loader);
      assertEquals(3, Trip.of(found, new Matrix(3, new double[3])).columns());
    }
  }

  /// Has one of everything that a sink takes.
  record Everything(List<Object> values) {}

  static final class EverythingCodec implements Codec<Everything> {
    @Override
    public Class<Everything> type() {
      return Everything.class;
    }

    @Override
    public void write(Everything value, Sink sink) throws IOException {
      sink.writeBoolean(true);
      sink.writeByte(-3);
      sink.writeInt(-4);
      sink.writeCount(300);
      sink.writeLong(Long.MIN_VALUE);
      sink.writeDouble(-0.5);
      sink.writeText("€");
      sink.writeMemory(MemorySegment.ofArray(new byte[] {9}));
      sink.writeMemory(MemorySegment.ofArray(new byte[100_000]));
      sink.writeObject(null);
    }

    @Override
    public Everything read(Source source) throws IOException {
      boolean yes = source.readBoolean();
      byte small = source.readByte();
      int number = source.readInt();
      int count = source.readCount();
      long wide = source.readLong();
      double half = source.readDouble();
      String text = source.readText();
      byte inside = source.readMemory().get(ValueLayout.JAVA_BYTE, 0);
      long beside = source.readMemory().byteSize();
      boolean isNull = source.readObject() == null;
      return new Everything(
          List.of(
              yes,
              small,
              number,
              count,
              wide,
              half,
              text,
              inside,
              beside,
              isNull,
              source.remaining()));
    }
  }

  @Test
  void aSinkTakesWhatASourceGives() throws IOException {
    var codecs = Trip.CODECS.with(new EverythingCodec());
    assertEquals(
        List.of(true, (byte) -3, -4, 300, Long.MIN_VALUE, -0.5, "€", (byte) 9, 100_000L, true, 0),
        Trip.of(codecs, new Everything(List.of())).values());
  }

  @Test
  void aCodecThatExpectsAnotherTypeIsTold() throws IOException {
    var lying = new MatrixCodecThatReadsTexts();
    Message message = Trip.there(CODECS, new Matrix(1, new double[1]));
    var other = Trip.CODECS.with(lying);
    var wrong = assertThrows(CorruptMessageException.class, () -> Trip.back(other, message));
    assertTrue(wrong.toString().contains("expected a java.lang.String"), wrong.toString());
  }

  static final class MatrixCodecThatReadsTexts implements Codec<Matrix> {
    @Override
    public Class<Matrix> type() {
      return Matrix.class;
    }

    @Override
    public void write(Matrix matrix, Sink sink) {}

    @Override
    public Matrix read(Source source) throws IOException {
      int columns = source.readInt();
      return new Matrix(columns + source.readObject(String.class).length(), new double[0]);
    }
  }
}
