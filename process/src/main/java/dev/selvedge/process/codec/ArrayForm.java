package dev.selvedge.process.codec;

import java.io.IOException;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/// Arrays: of primitives in one piece, of references element by element.
final class ArrayForm {
  private ArrayForm() {}

  static Form of(Class<?> type) {
    Class<?> component = type.getComponentType();
    if (component.isPrimitive()) {
      Primitive primitive = Primitive.of(component);
      return ((Form) (out, value) -> primitives(out, primitive, value)).shared();
    }
    Word word = Word.ofClass(component);
    return ((Form) (out, value) -> references(out, word, (Object[]) value)).shared();
  }

  private static void primitives(Encoding out, Primitive primitive, Object array) {
    int count = Array.getLength(array);
    if (primitive.size(count) >= out.codecs().largeFrom()) {
      out.tag(Wire.LARGE_ARRAY);
      out.writeByte(primitive.number());
      out.index(primitive.memory(array));
    } else {
      out.tag(Wire.ARRAY);
      out.writeByte(primitive.number());
      out.writeCount(count);
      primitive.write(out.out(), array, count);
    }
  }

  private static void references(Encoding out, Word word, @Nullable Object[] array)
      throws IOException {
    out.tag(Wire.OBJECTS);
    out.word(word);
    out.writeCount(array.length);
    for (Object element : array) {
      out.value(element);
    }
  }
}
