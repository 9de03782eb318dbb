package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Compares two graphs: classes, contents, and the order of what has one.
final class Alike {
  private Alike() {}

  static void assertAlike(@Nullable Object expected, @Nullable Object actual) {
    if (expected == null || actual == null) {
      assertEquals(expected, actual);
      return;
    }
    assertEquals(expected.getClass(), actual.getClass());
    if (expected.getClass().isArray()) {
      assertElementsAlike(elements(expected), elements(actual));
    } else if (expected instanceof Map<?, ?> map) {
      assertMapsAlike(map, (Map<?, ?>) actual);
    } else if (expected instanceof Collection<?> collection) {
      assertCollectionsAlike(collection, (Collection<?>) actual);
    } else if (expected instanceof Optional<?> optional) {
      assertAlike(optional.orElse(null), ((Optional<?>) actual).orElse(null));
    } else if (expected instanceof RandomValues.Pair pair) {
      assertAlike(pair.left(), ((RandomValues.Pair) actual).left());
      assertAlike(pair.right(), ((RandomValues.Pair) actual).right());
    } else {
      assertEquals(expected, actual);
    }
  }

  private static void assertMapsAlike(Map<?, ?> expected, Map<?, ?> actual) {
    assertEquals(expected.size(), actual.size());
    if (expected.getClass().getName().contains("Immutable")) {
      expected.forEach((key, value) -> assertAlike(value, actual.get(key)));
    } else {
      assertElementsAlike(List.copyOf(expected.keySet()), List.copyOf(actual.keySet()));
      assertElementsAlike(new ArrayList<>(expected.values()), new ArrayList<>(actual.values()));
    }
  }

  private static void assertCollectionsAlike(Collection<?> expected, Collection<?> actual) {
    assertEquals(expected.size(), actual.size());
    if (isUnordered(expected)) {
      assertTrue(actual.containsAll(expected));
    } else {
      assertElementsAlike(new ArrayList<>(expected), new ArrayList<>(actual));
    }
  }

  /// JDK serialization gives a `HashSet` another capacity, and with it another order.
  private static boolean isUnordered(Collection<?> collection) {
    return collection.getClass() == HashSet.class
        || (collection instanceof Set && collection.getClass().getName().contains("Immutable"));
  }

  private static void assertElementsAlike(List<?> expected, List<?> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertAlike(expected.get(i), actual.get(i));
    }
  }

  private static List<?> elements(Object array) {
    List<@Nullable Object> elements = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      elements.add(Array.get(array, i));
    }
    return elements;
  }
}
