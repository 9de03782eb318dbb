package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecFailureTest {

  private static void assertMentions(Throwable thrown, String... parts) {
    String message = String.valueOf(thrown.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' in: " + message);
    }
  }

  private static CannotTravelException refused(@Nullable Object value) {
    return assertThrows(CannotTravelException.class, () -> Trip.there(value));
  }

  @Test
  void aCapturedVariableIsRefusedByItsName() {
    long wide = 7;
    Thread worker = Thread.currentThread();
    Call<String> work = () -> worker.getName() + wide;
    assertMentions(
        refused(work), "the captured variable 'worker'", "java.lang.Thread", "shares the heap");
    assertTrue(!refused(work).obstacle().contains("shares the heap"));
  }

  record Job(String name, Supplier<String> source, @Nullable Object lock) {}

  @Test
  void theMessageNamesWhatIsInside() {
    Job lambda = new Job("job", () -> "x", null);
    Call<String> first = () -> lambda.name();
    assertMentions(refused(first), "the captured variable 'lambda'", "declare it as Call");
    Job holder = new Job("job", (Supplier<String> & Serializable) () -> "x", new Object());
    Call<String> second = () -> holder.name();
    assertMentions(refused(second), "the captured variable 'holder'", "holds a java.lang.Object");
    Call<Call<String>> nested = () -> second;
    assertMentions(refused(nested), "the captured variable 'holder'");
    assertMentions(refused(holder), "the work (" + Job.class.getName(), "holds a java.lang.Object");
  }

  @Test
  void aThisWithFieldsIsRefusedAndSaysSo() {
    class Owner {
      private int field = 1;

      Call<Integer> work() {
        return () -> field++;
      }
    }
    assertMentions(refused(new Owner().work()), "'this'", Owner.class.getName());
  }

  @Test
  void aPathOfAnotherFileSystemIsRefused(@TempDir Path folder) throws IOException {
    Path zip = folder.resolve("x.zip");
    try (var files = FileSystems.newFileSystem(zip, java.util.Map.of("create", "true"))) {
      Path inside = files.getPath("x");
      assertMentions(refused(inside), "ZipPath");
    }
    assertTrue(Files.exists(zip));
  }

  @Test
  void aRefusalLeavesTheEncoderAsNew() throws IOException {
    var encoder = new Encoder(Trip.CODECS);
    encoder.write("gone");
    assertThrows(CannotTravelException.class, () -> encoder.write(List.of("x", new Object())));
    assertEquals(1, encoder.length());
    encoder.write(List.of("y"));
    assertEquals(List.of("y"), Trip.back(Trip.CODECS, encoder.toMessage()));
  }

  /// A list of links.
  record Link(int number, @Nullable Link next) {}

  /// The same by JDK serialization.
  static final class Chain implements Serializable {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("UnusedVariable") // serialization reads it
    private @Nullable Chain next;
  }

  @Test
  void whatIsNestedTooDeeplyIsRefused() throws IOException {
    Link link = null;
    Chain chain = null;
    List<Object> lists = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      link = new Link(i, link);
      var longer = new Chain();
      longer.next = chain;
      chain = longer;
      lists = new ArrayList<>(List.of(lists));
    }
    assertMentions(refused(link), "nested more than 500 deep", "flat list", "maxDepth");
    assertMentions(refused(chain), "nested too deeply");
    assertMentions(refused(lists), "nested more than 500 deep");
    Call<Object> work = captured(link);
    assertMentions(refused(work), "the captured variable 'value'", "nested");
  }

  private static Call<Object> captured(@Nullable Object value) {
    return () -> String.valueOf(value);
  }

  @Test
  void whatIsNestedAsDeeplyAsAllowedTravels() throws Exception {
    Link link = null;
    for (int i = 0; i < 500; i++) {
      link = new Link(i, link);
    }
    Message message = Trip.there(link);
    Link[] back = new Link[1];
    Thread usual =
        new Thread(
            null,
            () -> {
              try {
                back[0] = Trip.<Link>back(Trip.CODECS, message);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            "usual",
            1 << 20);
    usual.start();
    usual.join();
    assertEquals(499, back[0].number());
    var narrow = Trip.CODECS.withMaxDepth(10);
    assertThrows(UnreadableObjectException.class, () -> Trip.back(narrow, message));
  }

  @Test
  void aDeepChainThatTheStackOfTheReaderDoesNotHoldIsRefused() throws IOException {
    var generous = Trip.CODECS.withMaxDepth(1_000_000);
    Link link = null;
    for (int i = 0; i < 200_000; i++) {
      link = new Link(i, link);
    }
    Link tooDeep = link;
    assertMentions(
        assertThrows(CannotTravelException.class, () -> Trip.there(generous, tooDeep)),
        "the stack of this thread");
  }

  @Test
  void aFilterRefusesByName() throws IOException {
    var codecs =
        Trip.CODECS.withFilter(
            ObjectInputFilter.Config.createFilter(
                "!"
                    + Link.class.getName()
                    + ";!"
                    + Chain.class.getName()
                    + ";!"
                    + CodecFailureTest.class.getName()));
    int captured = 1;
    Call<Integer> function = () -> captured;
    for (Object value : List.of(new Link(1, null), new Chain(), new Link[0], function)) {
      Message message = Trip.there(codecs, value);
      var refused = assertThrows(InvalidClassException.class, () -> Trip.back(codecs, message));
      assertMentions(refused, CodecFailureTest.class.getName(), "ObjectInputFilter");
    }
    assertEquals(List.of(1), Trip.of(codecs, List.of(1)));
  }

  @Test
  void aClassThatIsMissingIsNamed() throws IOException {
    int captured = 1;
    Call<Integer> function = () -> captured;
    for (Object value : List.of(new Link(1, null), new Chain(), function, Link.class)) {
      Message message = Trip.there(value);
      var decoder = new Decoder(Trip.CODECS, ClassLoader.getPlatformClassLoader());
      decoder.open(message);
      var missing = assertThrows(MissingClassException.class, decoder::read);
      assertTrue(missing.className().startsWith(CodecFailureTest.class.getName()));
      assertMentions(missing, missing.className(), "class path");
    }
  }

  /// Cannot be read.
  static final class Grumpy implements Serializable {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("UnusedMethod") // serialization calls it
    private void readObject(ObjectInputStream in) {
      throw new IllegalStateException("not today");
    }
  }

  static boolean strict;

  record Strict(int value) {
    Strict {
      if (strict) {
        throw new AssertionError("no more");
      }
    }
  }

  @Test
  void aClassThatThrowsWhileItIsReadIsNamed() throws IOException {
    assertMentions(
        assertThrows(UnreadableObjectException.class, () -> Trip.of(new Grumpy())),
        Grumpy.class.getName(),
        "not today");
    assertMentions(
        assertThrows(
            UnreadableObjectException.class,
            () -> Trip.of(new CodecRoundTripTest.Holder(new Grumpy()))),
        Grumpy.class.getName(),
        "not today");
    Message message = Trip.there(new Strict(1));
    strict = true;
    try {
      var refused =
          assertThrows(UnreadableObjectException.class, () -> Trip.back(Trip.CODECS, message));
      assertMentions(refused, Strict.class.getName(), "no more");
      assertInstanceOf(AssertionError.class, refused.getCause());
    } finally {
      strict = false;
    }
  }

  @Test
  void aListThatChangesWhileItIsWrittenIsRefused() {
    List<Object> list = new ArrayList<>();
    list.add(new Meddler(list));
    list.add(1);
    var codecs = Trip.CODECS.with(new MeddlerCodec());
    assertMentions(
        assertThrows(CannotTravelException.class, () -> Trip.there(codecs, list)),
        "ConcurrentModificationException");
  }

  /// Changes a list when it is written.
  record Meddler(List<Object> list) {}

  static final class MeddlerCodec implements Codec<Meddler> {
    @Override
    public Class<Meddler> type() {
      return Meddler.class;
    }

    @Override
    public void write(Meddler meddler, Sink sink) {
      meddler.list().add(2);
    }

    @Override
    public Meddler read(Source source) {
      return new Meddler(List.of());
    }
  }
}
