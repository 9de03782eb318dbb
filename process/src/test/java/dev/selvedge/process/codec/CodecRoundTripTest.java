package dev.selvedge.process.codec;

import static dev.selvedge.process.codec.Alike.assertAlike;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("JdkObsolete") // a LinkedList travels too
class CodecRoundTripTest {

  static Stream<Object> tagged() {
    return Stream.of(
        true,
        false,
        (byte) -1,
        Short.MIN_VALUE,
        '\uFFFF',
        -17,
        -16,
        111,
        112,
        127,
        128,
        -129,
        40_000,
        Integer.MIN_VALUE,
        1L,
        Long.MAX_VALUE,
        1.5f,
        -0.0,
        Double.NaN,
        "",
        "latin \u00E9\u00FF",
        "wide \u20AC",
        "half \uD800 of a pair",
        "a text of more than thirty-two characters, in ASCII",
        "a text of more than thirty-two characters, with one € at the end",
        BigInteger.TWO.pow(1000).negate(),
        new BigDecimal("-12345678901234567890.12345"),
        Path.of("a", "b"),
        StandardCharsets.UTF_16BE,
        new UUID(1, -2),
        URI.create("mailto:a@b"),
        Duration.ofNanos(-1),
        Period.of(1, -2, 3),
        Instant.MAX,
        LocalDate.MIN,
        LocalTime.of(23, 59, 59, 999_999_999),
        LocalDateTime.MAX,
        ZoneOffset.ofHours(5),
        OffsetDateTime.MIN,
        ZonedDateTime.of(2025, 10, 26, 2, 30, 0, 0, ZoneId.of("Europe/Berlin"))
            .withLaterOffsetAtOverlap(),
        TimeUnit.DAYS,
        Flavour.BITTER,
        String.class,
        int.class,
        void.class,
        int[][].class,
        Flavour.class,
        Optional.empty(),
        Optional.of(1),
        Map.entry("a", 1),
        new boolean[] {true, false},
        new byte[] {1, -1},
        new short[] {1, -1},
        new char[] {'a', '\uFFFF'},
        new int[] {1, -1},
        new long[] {1, -1},
        new float[] {1, -1},
        new double[] {1, -1},
        new String[] {"a", null},
        new Integer[] {1, null, 1_000_000},
        new int[][] {{1}, {}},
        new Flavour[][] {{Flavour.SWEET}},
        new ArrayList<>(Arrays.asList(1, null)),
        new LinkedList<>(List.of(1)),
        Arrays.asList(1, null),
        List.of(),
        List.of(1),
        List.of(1, 2, 3),
        Stream.of(1, null, 2).toList(),
        new ArrayDeque<>(List.of(1, 2)),
        new HashSet<>(List.of(1, 2)),
        new LinkedHashSet<>(List.of(2, 1)),
        new TreeSet<>(List.of(2, 1)),
        Set.of(),
        Set.of(1),
        Set.of(1, 2, 3),
        new HashMap<>(Map.of(1, 2)),
        new LinkedHashMap<>(Map.of(1, 2, 3, 4)),
        new TreeMap<>(Map.of(1, 2, 3, 4)),
        new ConcurrentHashMap<>(Map.of(1, 2, 3, 4)),
        Map.of(),
        Map.of(1, 2),
        Map.of(1, 2, 3, 4));
  }

  @ParameterizedTest
  @MethodSource("tagged")
  void commonValuesTravelWithoutTheJdksSerialization(Object value) throws IOException {
    Message message = Trip.there(value);
    assertFalse(Trip.isEmbedded(message));
    assertAlike(value, Trip.back(Trip.CODECS, message));
  }

  static Stream<Object> embedded() {
    return Stream.of(
        Locale.ROOT,
        Collections.emptyList(),
        Collections.unmodifiableList(new ArrayList<>(List.of(1))),
        EnumSet.of(Flavour.SWEET),
        new EnumMap<>(Map.of(Flavour.SWEET, 1)),
        new StringBuilder("x").chars().boxed().toList(),
        Collections.nCopies(3, "x"));
  }

  @ParameterizedTest
  @MethodSource("embedded")
  void theRestTravelsByTheJdksSerialization(Object value) throws IOException {
    assertAlike(value, Trip.of(value));
  }

  @Test
  void nullTravels() throws IOException {
    assertEquals(null, Trip.<@Nullable Object>of(null));
  }

  enum Flavour {
    SWEET,
    BITTER {
      @Override
      boolean isLiked() {
        return false;
      }
    };

    boolean isLiked() {
      return true;
    }
  }

  @Test
  void constantsArriveAsThemselves() throws IOException {
    assertSame(Flavour.BITTER, Trip.of(Flavour.BITTER));
    assertFalse(Trip.of(Flavour.BITTER).isLiked());
  }

  private record Secret(int number, @Nullable Object any, List<String> names) {}

  record Generic<A, B extends Comparable<B>>(A a, B b) {}

  record Empty() {}

  @Test
  void recordsTravelWithoutBeingSerializable() throws IOException {
    record Local(Path path, Generic<Secret, String> generic, Empty empty) {}
    var local =
        new Local(
            Path.of("x"),
            new Generic<>(new Secret(1, new Empty(), List.of("a")), "b"),
            new Empty());
    assertEquals(local, Trip.of(local));
  }

  record Checked(int value) {
    Checked {
      if (value < 0) {
        throw new IllegalArgumentException("negative");
      }
    }

    @Override
    public int value() {
      return -value; // what the accessor says does not matter
    }
  }

  @Test
  void theFieldsOfRecordsCountAndNotTheirAccessors() throws IOException {
    assertEquals(new Checked(3), Trip.of(new Checked(3)));
  }

  record Stands(String name) implements Serializable {
    Object writeReplace() {
      return "for " + name;
    }
  }

  @Test
  void aRecordThatIsReplacedWhenItIsSerializedIsReplacedHereToo() throws IOException {
    assertEquals("for x", Trip.<Object>of(new Stands("x")));
  }

  /// Serializable, with things inside that are not.
  static final class Holder implements Serializable {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // on purpose
    private final @Nullable Object held;

    Holder(@Nullable Object held) {
      this.held = held;
    }

    @Nullable Object held() {
      return held;
    }
  }

  @Test
  void whatTravelsByItselfTravelsInsideASerializableObject() throws IOException {
    for (Object held :
        List.of(
            Path.of("x"),
            Optional.of(Path.of("y")),
            StandardCharsets.UTF_8,
            new Generic<>(new Secret(1, Path.of("z"), List.of()), "b"),
            List.of(new Empty()))) {
      assertEquals(held, Trip.of(new Holder(held)).held);
    }
    assertInstanceOf(Program.class, Trip.of(new Holder(new Program())).held);
  }

  static final class Program {
    int helper() {
      return 1;
    }
  }

  @Test
  void anObjectWithoutFieldsIsMadeAnew() throws IOException {
    assertEquals(1, Trip.of(new Program()).helper());
  }

  @Test
  void throwablesKeepTheirCausesAndTraces() throws IOException {
    var thrown = new IllegalStateException("a", new IOException("b"));
    thrown.addSuppressed(new RuntimeException("c"));
    var back = Trip.of(thrown);
    assertEquals("a", back.getMessage());
    assertEquals("java.io.IOException: b", String.valueOf(back.getCause()));
    assertEquals("c", back.getSuppressed()[0].getMessage());
    assertArrayEquals(thrown.getStackTrace(), back.getStackTrace());
  }

  @Test
  void collectionsStayMutableOrImmutable() throws IOException {
    Trip.of(new ArrayList<>(List.of(1))).add(2);
    Trip.of(new HashMap<>(Map.of(1, 2))).put(3, 4);
    Trip.of(Arrays.asList(1, 2)).set(0, 3);
    assertThrows(UnsupportedOperationException.class, () -> Trip.of(Arrays.asList(1)).add(2));
    assertThrows(UnsupportedOperationException.class, () -> Trip.of(List.of(1)).add(2));
    assertThrows(UnsupportedOperationException.class, () -> Trip.of(Map.of(1, 2)).put(2, 3));
    assertThrows(UnsupportedOperationException.class, () -> Trip.of(Stream.of(1).toList()).add(2));
  }

  @Test
  void hashTablesThatGrewKeepTheirOrder() throws IOException {
    HashSet<String> set = new HashSet<>();
    HashMap<String, Integer> map = new HashMap<>();
    for (int i = 0; i < 100; i++) {
      set.add("element " + i * 31);
      map.put("key " + i * 31, i);
      assertEquals(List.copyOf(set), List.copyOf(Trip.of(set)));
      assertEquals(List.copyOf(map.keySet()), List.copyOf(Trip.of(map).keySet()));
    }
  }

  @Test
  void sortedCollectionsKeepTheirComparator() throws IOException {
    for (Comparator<String> order :
        List.of(
            Comparator.<String>reverseOrder(),
            String.CASE_INSENSITIVE_ORDER,
            (Comparator<String> & Serializable) (a, b) -> b.compareTo(a))) {
      TreeSet<String> set = new TreeSet<>(order);
      Collections.addAll(set, "a", "B", "c");
      TreeSet<String> back = Trip.of(set);
      assertEquals(List.copyOf(set), List.copyOf(back));
      assertTrue(back.comparator() != null);
      TreeMap<String, Integer> map = new TreeMap<>(order);
      map.putAll(Map.of("a", 1, "B", 2));
      assertEquals(List.copyOf(map.keySet()), List.copyOf(Trip.of(map).keySet()));
    }
  }

  @Test
  void aSubclassOfACollectionStaysOne() throws IOException {
    var list = new Special();
    list.add("x");
    assertEquals(list, assertInstanceOf(Special.class, Trip.<Object>of(list)));
  }

  static final class Special extends ArrayList<String> {
    private static final long serialVersionUID = 1;
  }

  @Test
  void optionalsOfPrimitivesAreRefusedAsTheJdkDoes() {
    assertThrows(CannotTravelException.class, () -> Trip.of(OptionalInt.of(1)));
  }

  @Test
  void randomValuesArriveAsJdkSerializationBringsThem() throws Exception {
    for (int seed = 0; seed < 2000; seed++) {
      Object value = new RandomValues(seed).next(4);
      Object back = Trip.of(value);
      assertAlike(value, back);
      assertAlike(Trip.ofJdk(value), back);
    }
  }

  @Test
  void oneEncoderAndOneDecoderDoManyMessages() throws IOException {
    var encoder = new Encoder(Trip.CODECS);
    var decoder = new Decoder(Trip.CODECS, Trip.LOADER);
    for (int seed = 0; seed < 500; seed++) {
      Object first = new RandomValues(seed).next(3);
      Object second = new RandomValues(-seed).next(3);
      encoder.write(first);
      encoder.write(second);
      decoder.open(encoder.toMessage());
      encoder.reset();
      assertAlike(first, decoder.read());
      assertTrue(decoder.hasNext());
      assertAlike(second, decoder.read());
      assertFalse(decoder.hasNext());
    }
  }
}
