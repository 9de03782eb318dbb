package dev.selvedge.process.codec;

import dev.selvedge.internal.Fieldless;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Chooses the form of a class.
final class Forms {
  /// JDK serialization.
  static final Form EMBEDDED = ((Form) Encoding::embedded).sharedWhenComplete();

  private static final Class<?> MAP_ENTRY = Map.entry("", "").getClass();

  private Forms() {}

  static Form of(Class<?> type) {
    Form form = Leaf.form(type);
    if (form == null) {
      form = Containers.form(type);
    }
    if (form == null) {
      form = ofShape(type);
    }
    return form == null ? ofRole(type) : form;
  }

  /// By what the language says that the class is.
  private static @Nullable Form ofShape(Class<?> type) {
    if (type.isArray()) {
      return ArrayForm.of(type);
    }
    if (type.isEnum()) {
      return EnumForm.of(type);
    }
    Class<?> parent = type.getSuperclass();
    if (parent != null && parent.isEnum()) {
      return EnumForm.of(parent); // a constant with a body
    }
    if (type.isRecord()) {
      return RecordForm.of(type);
    }
    return type.isHidden() ? LambdaForm.of(type) : null;
  }

  /// By what the JDK says that it is for.
  private static Form ofRole(Class<?> type) {
    if (Path.class.isAssignableFrom(type)) {
      return Forms::path;
    }
    if (Charset.class.isAssignableFrom(type)) {
      return Forms::charset;
    }
    if (MemorySegment.class.isAssignableFrom(type)) {
      return ((Form) Forms::memory).shared();
    }
    if (type == Class.class) {
      return Forms::type;
    }
    if (type == Optional.class) {
      return ((Form) Forms::optional).sharedWhenComplete();
    }
    if (type == MAP_ENTRY) {
      return ((Form) Forms::entry).sharedWhenComplete();
    }
    return Fieldless.isFieldless(type) ? ((Form) Forms::fieldless).shared() : EMBEDDED;
  }

  private static void path(Encoding out, Object value) throws NotSerializableException {
    Path path = (Path) value;
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new NotSerializableException(value.getClass().getName());
    }
    out.tag(Wire.PATH);
    out.writeText(path.toString());
  }

  private static void charset(Encoding out, Object value) {
    out.tag(Wire.CHARSET);
    out.writeText(((Charset) value).name());
  }

  private static void memory(Encoding out, Object value) {
    MemorySegment memory = (MemorySegment) value;
    out.writeMemory(memory);
    out.writeBoolean(memory.isReadOnly());
  }

  private static void type(Encoding out, Object value) throws InvalidObjectException {
    Class<?> type = (Class<?>) value;
    if (type.isHidden()) {
      throw new InvalidObjectException(type + " is hidden, and no other process has it");
    }
    out.tag(Wire.CLASS);
    out.word(Word.ofClass(type));
  }

  private static void optional(Encoding out, Object value) throws IOException {
    out.tag(Wire.OPTIONAL);
    out.value(((Optional<?>) value).orElse(null));
  }

  private static void entry(Encoding out, Object value) throws IOException {
    Map.Entry<?, ?> entry = (Map.Entry<?, ?>) value;
    out.tag(Wire.MAP_ENTRY);
    out.value(entry.getKey());
    out.value(entry.getValue());
  }

  private static void fieldless(Encoding out, Object value) {
    out.tag(Wire.FIELDLESS);
    out.word(Word.ofClass(value.getClass()));
  }
}
