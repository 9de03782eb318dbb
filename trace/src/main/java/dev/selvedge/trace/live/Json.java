package dev.selvedge.trace.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes values out of an object that was read from JSON; what is not there, or is something else,
/// is empty.
final class Json {
  private Json() {}

  /// {@return the text, or empty}
  static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }

  /// {@return the number, or 0}
  static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }

  /// {@return the objects of an array}
  static List<Map<?, ?>> objects(@Nullable Object value) {
    List<Map<?, ?>> objects = new ArrayList<>();
    if (value instanceof Iterable<?> all) {
      for (Object one : all) {
        if (one instanceof Map<?, ?> object) {
          objects.add(object);
        }
      }
    }
    return objects;
  }

  /// {@return the texts of an array}
  static List<String> texts(@Nullable Object value) {
    List<String> texts = new ArrayList<>();
    if (value instanceof Iterable<?> all) {
      all.forEach(one -> texts.add(text(one)));
    }
    return texts;
  }

  static List<Long> numbers(@Nullable Object value) {
    List<Long> numbers = new ArrayList<>();
    if (value instanceof Iterable<?> all) {
      all.forEach(one -> numbers.add(number(one)));
    }
    return numbers;
  }
}
