package dev.selvedge.process.codec;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Constants of an enum, by their place; the word says whether both ends have the same constants.
final class EnumForm {
  private EnumForm() {}

  @SuppressWarnings("EnumOrdinal") // the word makes sure of it
  static Form of(Class<?> type) {
    Word word = Word.ofShape(Word.Kind.ENUM, type, shape(type));
    return (out, value) -> {
      out.tag(Wire.ENUM);
      out.word(word);
      out.writeCount(((Enum<?>) value).ordinal());
    };
  }

  static String shape(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> ((Enum<?>) constant).name())
        .collect(Collectors.joining(","));
  }
}
