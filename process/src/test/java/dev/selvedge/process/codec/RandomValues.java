package dev.selvedge.process.codec;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Nested values by seed, all of them serializable, so that JDK serialization can be asked too.
@SuppressWarnings("JdkObsolete") // a LinkedList travels too
final class RandomValues {
  private final Random random;

  RandomValues(long seed) {
    random = new Random(seed);
  }

  /// A record of anything.
  record Pair(@Nullable Object left, @Nullable Object right) implements Serializable {}

  /// A record of primitives.
  record Numbers(boolean z, byte b, short s, char c, int i, long j, float f, double d)
      implements Serializable {}

  @Nullable Object next(int depth) {
    return depth == 0 || random.nextInt(3) == 0 ? leaf() : container(depth - 1);
  }

  @Nullable Object leaf() {
    return switch (random.nextInt(22)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> (byte) random.nextInt();
      case 3 -> (short) random.nextInt();
      case 4 -> (char) random.nextInt();
      case 5 -> random.nextInt() >> random.nextInt(32);
      case 6 -> random.nextLong() >> random.nextInt(64);
      case 7 -> random.nextFloat();
      case 8 -> random.nextGaussian();
      case 9, 10, 11 -> text();
      case 12 -> new BigInteger(random.nextInt(200), random);
      case 13 -> new BigDecimal(new BigInteger(90, random), random.nextInt(40) - 20);
      case 14 -> new UUID(random.nextLong(), random.nextLong());
      case 15 -> URI.create("https://example.org/" + random.nextInt());
      case 16 -> Duration.ofNanos(random.nextLong());
      case 17 -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
      case 18 -> LocalDate.ofEpochDay(random.nextInt(100_000));
      case 19 -> DayOfWeek.of(1 + random.nextInt(7));
      case 20 -> numbers();
      default ->
          List.of(String.class, int.class, Pair.class, long[][].class, Map.Entry.class)
              .get(random.nextInt(5));
    };
  }

  private Numbers numbers() {
    return new Numbers(
        random.nextBoolean(),
        (byte) random.nextInt(),
        (short) random.nextInt(),
        (char) random.nextInt(),
        random.nextInt(),
        random.nextLong(),
        random.nextFloat(),
        random.nextDouble());
  }

  /// Any characters, also halves of pairs.
  String text() {
    int highest = random.nextBoolean() ? 0x80 : random.nextBoolean() ? 0x100 : 0x10000;
    var text = new StringBuilder();
    for (int i = random.nextInt(80); i > 0; i--) {
      text.append((char) random.nextInt(highest));
    }
    return text.toString();
  }

  private Object container(int depth) {
    return switch (random.nextInt(22)) {
      case 0, 1 -> new Pair(next(depth), next(depth));
      case 2 -> fill(new ArrayList<>(), () -> next(depth));
      case 3 -> fill(new LinkedList<>(), () -> next(depth));
      case 4 -> Arrays.asList(next(depth), next(depth));
      case 5 -> List.of(fill(new ArrayList<>(), this::text).toArray());
      case 6 -> fill(new ArrayList<>(), () -> next(depth)).stream().toList();
      case 7 -> fill(new ArrayDeque<>(), this::text);
      case 8 -> fill(new HashSet<>(), this::leaf);
      case 9 -> fill(new LinkedHashSet<>(), this::leaf);
      case 10 -> fill(new TreeSet<>(Collections.reverseOrder()), this::text);
      case 11 -> java.util.Set.copyOf(fill(new HashSet<>(), this::text));
      case 12 -> fill(new HashMap<>(), depth);
      case 13 -> fill(new LinkedHashMap<>(), depth);
      case 14 -> fill(new TreeMap<>(Collections.reverseOrder()), depth);
      case 15 -> Map.of(text(), numbers(), text() + "x", 1);
      case 16 -> random.ints(random.nextInt(20)).toArray();
      case 17 -> random.doubles(random.nextInt(20)).toArray();
      case 18 -> text().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      case 19 -> random.ints(random.nextInt(20), -100, 100).boxed().toArray(Integer[]::new);
      case 20 -> new @Nullable Object[][] {{next(depth)}, {next(depth), next(depth)}, {}};
      default -> new Object[] {new TimeUnit[] {TimeUnit.DAYS}, new String[] {text(), text()}};
    };
  }

  private <C extends Collection<@Nullable Object>> C fill(
      C collection, Supplier<? extends @Nullable Object> values) {
    for (int i = random.nextInt(6); i > 0; i--) {
      collection.add(values.get());
    }
    return collection;
  }

  private Map<String, @Nullable Object> fill(Map<String, @Nullable Object> map, int depth) {
    for (int i = random.nextInt(6); i > 0; i--) {
      map.put(text(), next(depth));
    }
    return map;
  }
}
