package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Action;
import dev.selvedge.Call;
import dev.selvedge.Fn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CodecFunctionTest {

  @Test
  void aFunctionThatCapturesNothingTravels() throws Exception {
    Fn<Integer, Integer> function = x -> x + 1;
    Message message = Trip.there(function);
    assertFalse(Trip.isEmbedded(message));
    assertEquals(2, Trip.<Fn<Integer, Integer>>back(Trip.CODECS, message).apply(1));
  }

  @Test
  void capturedValuesTravelAsTheyWouldAlone() throws Exception {
    record Point(int x, int y) {}
    boolean z = true;
    long wide = 1L << 40;
    double d = 0.5;
    Path path = Path.of("p");
    Point point = new Point(1, 2);
    List<String> names = new ArrayList<>(List.of("a"));
    Call<String> function = () -> z + " " + wide + " " + d + " " + path + " " + point + names;
    Message message = Trip.there(function);
    assertFalse(Trip.isEmbedded(message));
    assertEquals(function.call(), Trip.<Call<String>>back(Trip.CODECS, message).call());
  }

  @Test
  void methodReferencesTravel() throws Exception {
    List<String> words = new ArrayList<>(List.of("x"));
    Fn<String, Integer> unbound = String::length;
    Fn<String, Boolean> bound = words::add;
    Fn<String, StringBuilder> constructor = StringBuilder::new;
    Fn<Integer, int[]> array = int[]::new;
    Call<Integer> ofRecord = new Answer(42)::value;
    assertEquals(3, Trip.of(unbound).apply("abc"));
    assertTrue(Trip.of(bound).apply("y"));
    assertEquals(List.of("x"), words);
    assertEquals("abc", Trip.of(constructor).apply("abc").toString());
    assertEquals(3, Trip.of(array).apply(3).length);
    assertEquals(42, Trip.of(ofRecord).call());
  }

  record Answer(int value) {}

  @Test
  void functionsCaptureFunctions() throws Exception {
    int one = 1;
    Fn<Integer, Integer> plus = x -> x + one;
    Call<Call<Integer>> nested = () -> () -> plus.apply(one);
    assertEquals(2, Trip.of(nested).call().call());
    Call<Integer> inner = Trip.of(nested).call();
    assertEquals(2, Trip.of(inner).call());
  }

  /// Stands for a program in a compact source file: no fields, not serializable.
  static final class Program {
    int helper(int x) {
      return x + 1;
    }

    Call<Integer> work() {
      return () -> helper(41);
    }

    Fn<Integer, Integer> reference() {
      return this::helper;
    }
  }

  @Test
  void theThisOfACompactSourceFileTravels() throws Exception {
    assertEquals(42, Trip.of(new Program().work()).call());
    assertEquals(42, Trip.of(new Program().reference()).apply(41));
  }

  @Test
  void whatIsCapturedTwiceArrivesOnce() throws Exception {
    List<String> list = new ArrayList<>();
    Action add = () -> list.add("x");
    Call<Integer> count = list::size;
    Object[] back = Trip.of(new Object[] {add, count, add});
    assertSame(back[0], back[2]);
    ((Action) back[0]).perform();
    assertEquals(1, ((Call<?>) back[1]).call());
  }

  @Test
  void functionsOfTheJdkTravelByItsOwnSerialization() throws Exception {
    Comparator<Map.Entry<String, Integer>> byValue = Map.Entry.comparingByValue();
    assertTrue(Trip.of(byValue).compare(Map.entry("a", 1), Map.entry("b", 2)) < 0);
  }

  @Test
  void aFunctionThatCapturesNothingIsMadeOnceByADecoder() throws Exception {
    Fn<Integer, Integer> function = x -> x + 1;
    var encoder = new Encoder(Trip.CODECS);
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    encoder.write(function);
    decoder.open(encoder.toMessage());
    Object first = decoder.read();
    decoder.open(encoder.toMessage());
    assertSame(first, decoder.read());
  }

  @Test
  void whatAFunctionDescribesIsWrittenOnceInAMessage() throws Exception {
    List<Call<Integer>> functions = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int captured = i;
      functions.add(() -> captured);
    }
    Message one = Trip.there(functions.getFirst());
    Message all = Trip.there(functions);
    assertTrue(all.bytes().length < one.bytes().length + 100 * 4, all.bytes().length + " bytes");
    assertEquals(99, Trip.<List<Call<Integer>>>back(Trip.CODECS, all).get(99).call());
  }

  @Test
  void aSerializableObjectMayHoldFunctions() throws Exception {
    Path path = Path.of("x");
    Call<Path> function = () -> path;
    var holder = new CodecRoundTripTest.Holder(function);
    Object held = Trip.of(holder).held();
    assertEquals(path, assertInstanceOf(Call.class, held).call());
  }
}
