package dev.selvedge.process.codec;

import dev.selvedge.internal.Fieldless;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the values of a message, in the form that [Wire] describes.
final class Decoding implements Source {

  /// Reads what follows a tag.
  interface Reader {
    @Nullable Object read(Decoding in) throws IOException;
  }

  private static final int KEPT = 1 << 12;
  private static final @Nullable Reader[] READERS = new Reader[Wire.TAGS];

  static {
    READERS[Wire.NULL] = in -> null;
    READERS[Wire.FALSE] = in -> false;
    READERS[Wire.TRUE] = in -> true;
    READERS[Wire.INT_1] = in -> (int) in.in.getByte();
    READERS[Wire.INT_2] = in -> (int) in.in.getShort();
    READERS[Wire.INT_4] = in -> in.in.getInt();
    READERS[Wire.LONG_4] = in -> (long) in.in.getInt();
    READERS[Wire.LONG_8] = in -> in.in.getLong();
    READERS[Wire.TEXT] = in -> in.in.getText();
    READERS[Wire.PATH] = in -> Path.of(in.in.getText());
    READERS[Wire.CHARSET] = in -> Charset.forName(in.in.getText());
    READERS[Wire.ENUM] = Decoding::constant;
    READERS[Wire.CLASS] = in -> in.word(Meaning.Type.class).type();
    READERS[Wire.FUNCTION] = in -> in.word(Meaning.Function.class).function();
    for (Leaf<?> leaf : Leaf.ALL) {
      READERS[leaf.tag()] = in -> leaf.reader().read(in.in);
    }
    READERS[Wire.BACK] = Decoding::back;
    READERS[Wire.RECORD] = Decoding::components;
    READERS[Wire.LAMBDA] = Decoding::lambda;
    READERS[Wire.OBJECTS] = Decoding::array;
    READERS[Wire.ARRAY] = in -> in.fill(in.reserve(), in.primitive().read(in.in));
    READERS[Wire.LARGE_ARRAY] = in -> in.fill(in.reserve(), in.primitive().read(in.largeMemory()));
    READERS[Wire.MEMORY] = in -> in.memory(false);
    READERS[Wire.LARGE_MEMORY] = in -> in.memory(true);
    READERS[Wire.FIELDLESS] = Decoding::fieldless;
    READERS[Wire.CODEC] = Decoding::coded;
    READERS[Wire.OPTIONAL] = Decoding::optional;
    READERS[Wire.MAP_ENTRY] = Decoding::entry;
    Containers.READERS.forEach((tag, reader) -> READERS[tag] = reader);
    READERS[Wire.EMBEDDED] = in -> in.embedded(false);
    READERS[Wire.EMBEDDED_ALONE] = in -> in.embedded(true);
  }

  private final Codecs codecs;
  private final @Nullable ClassLoader loader;
  private final ReadBuffer in = new ReadBuffer();
  private final Meanings meanings;
  private List<@Nullable Object> handles = new ArrayList<>();
  private final List<@Nullable Object> hoisted = new ArrayList<>();
  private List<MemorySegment> large = List.of();
  private @Nullable EmbeddedReader embedded;
  private int depth;

  Decoding(Codecs codecs, @Nullable ClassLoader loader, @Nullable Lexicon lexicon) {
    this.codecs = codecs;
    this.loader = loader;
    this.meanings = new Meanings(codecs, loader, lexicon);
  }

  void open(byte[] bytes, int offset, int length, List<MemorySegment> beside)
      throws CorruptMessageException {
    clear();
    in.open(bytes, offset, length);
    large = beside;
    int version = in.getByte();
    if (version != Wire.VERSION) {
      throw new CorruptMessageException(
          "the message has version " + version + ", and this reader knows " + Wire.VERSION);
    }
  }

  /// Lets go of everything that belongs to a message.
  void clear() {
    in.open(new byte[0], 0, 0);
    meanings.nextMessage();
    clearHandles();
    hoisted.clear();
    large = List.of();
    embedded = null;
    depth = 0;
  }

  /// A list that has become long is not kept.
  private void clearHandles() {
    if (handles.size() > KEPT) {
      handles = new ArrayList<>();
    } else {
      handles.clear();
    }
  }

  Codecs codecs() {
    return codecs;
  }

  @Nullable ClassLoader loader() {
    return loader;
  }

  ReadBuffer in() {
    return in;
  }

  @Nullable Object value() throws IOException {
    int tag = in.getByte();
    return tag < 0 ? smallInt(tag) : tagged(tag);
  }

  private static Object smallInt(int tag) {
    return (tag & 0x7F) + Wire.SMALLEST_INT;
  }

  private @Nullable Object tagged(int tag) throws IOException {
    Reader reader = tag < Wire.TAGS ? READERS[tag] : null;
    if (reader == null) {
      throw new CorruptMessageException("no value has the tag " + tag);
    }
    if (tag <= Wire.BACK) { // does not nest
      return reader.read(this);
    }
    if (++depth > codecs.maxDepth()) {
      throw new UnreadableObjectException(
          "the message is nested more than " + codecs.maxDepth() + " deep; see Codecs.maxDepth");
    }
    Object value = reader.read(this);
    depth--;
    return value;
  }

  /// {@return the next element of a container}
  @Nullable Object element() throws IOException {
    in.element();
    return value();
  }

  /// Reads how many elements of so many values each follow.
  int elements(int values) throws CorruptMessageException {
    return in.claimElements(values);
  }

  /// Gives the object that is being read its handle.
  int reserve() {
    handles.add(null);
    return handles.size() - 1;
  }

  <T extends @Nullable Object> T fill(int handle, T object) {
    handles.set(handle, object);
    return object;
  }

  private Object back() throws CorruptMessageException {
    return handle(in.getCount());
  }

  private Object handle(int number) throws CorruptMessageException {
    Object object = number < handles.size() ? handles.get(number) : null;
    if (object == null) {
      throw new CorruptMessageException("no complete object has the handle " + number);
    }
    return object;
  }

  /// {@return what a reference within the JDK's serialization stands for}
  @Nullable Object referred(Ref reference) throws CorruptMessageException {
    int number = reference.number();
    if (number >= 0) {
      return handle(number);
    }
    if (~number >= hoisted.size()) {
      throw new CorruptMessageException("no hoisted value has the number " + ~number);
    }
    return hoisted.get(~number);
  }

  private <M extends Meaning> M word(Class<M> kind) throws IOException {
    return meanings.read(in, kind);
  }

  private Object constant() throws IOException {
    return word(Meaning.Constants.class).constant(in.getCount());
  }

  private Object components() throws IOException {
    int handle = reserve();
    return fill(handle, word(Meaning.Components.class).read(this));
  }

  private Object lambda() throws IOException {
    int handle = reserve();
    Meaning.Function function = word(Meaning.Function.class);
    @Nullable Object[] values = new Object[function.captured()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value();
    }
    return fill(handle, function.make(values));
  }

  private Object array() throws IOException {
    int handle = reserve();
    Class<?> component = word(Meaning.Type.class).type();
    if (component.isPrimitive()) {
      throw new CorruptMessageException("an array of " + component + " has no references");
    }
    int count = elements(1);
    @Nullable Object[] array = fill(handle, (Object[]) Array.newInstance(component, count));
    for (int i = 0; i < count; i++) {
      array[i] = element();
    }
    return array;
  }

  private Primitive primitive() throws CorruptMessageException {
    return Primitive.of(in.getByte());
  }

  private MemorySegment largeMemory() throws CorruptMessageException {
    int index = in.getCount();
    if (index >= large.size()) {
      throw new CorruptMessageException(
          "memory " + index + " is not among the " + large.size() + " beside the message");
    }
    MemorySegment memory = large.get(index);
    if (memory.byteSize() == 0) {
      throw new CorruptMessageException("memory " + index + " beside the message is gone");
    }
    return memory;
  }

  /// Of the one who gets it, while the transport may use its own for something else.
  private MemorySegment ownLargeMemory() throws CorruptMessageException {
    MemorySegment memory = largeMemory();
    return memory.isNative() ? Message.copy(memory) : memory;
  }

  private Object memory(boolean isLarge) throws CorruptMessageException {
    int handle = reserve();
    MemorySegment memory = isLarge ? ownLargeMemory() : smallMemory();
    return fill(handle, readBoolean() ? memory.asReadOnly() : memory);
  }

  /// Of longs, so that it is aligned for everything.
  private MemorySegment smallMemory() throws CorruptMessageException {
    int count = in.claimBytes(1);
    int at = in.take(count);
    MemorySegment memory =
        MemorySegment.ofArray(new long[count / 8 + (count % 8 == 0 ? 0 : 1)]).asSlice(0, count);
    return memory.copyFrom(MemorySegment.ofArray(in.bytes()).asSlice(at, count));
  }

  private Object fieldless() throws IOException {
    int handle = reserve();
    Class<?> type = word(Meaning.Type.class).type();
    if (!Fieldless.isFieldless(type)) {
      throw new UnreadableObjectException(
          "the class " + type.getName() + " has fields where the message is read");
    }
    return fill(handle, Fieldless.make(type));
  }

  private Object coded() throws IOException {
    int handle = reserve();
    return fill(handle, word(Meaning.Coded.class).read(this));
  }

  private Object optional() throws IOException {
    int handle = reserve();
    return fill(handle, Optional.ofNullable(value()));
  }

  private Object entry() throws IOException {
    int handle = reserve();
    Object key = value();
    Object value = value();
    if (key == null || value == null) {
      throw new CorruptMessageException("an entry of a map without nulls has one");
    }
    return fill(handle, Map.entry(key, value));
  }

  private @Nullable Object embedded(boolean alone) throws IOException {
    int handle = reserve();
    int tag;
    while ((tag = in.getByte()) == Wire.HOISTED) {
      hoisted.add(value());
    }
    if (tag != Wire.CHUNK) {
      throw new CorruptMessageException("no chunk where there should be one, but " + tag);
    }
    int length = in.claimBytes(1);
    int at = in.take(length);
    return fill(handle, reader(alone).read(in.bytes(), at, length));
  }

  private EmbeddedReader reader(boolean alone) {
    if (alone) {
      return new EmbeddedReader(this);
    }
    EmbeddedReader reader = embedded;
    if (reader == null) {
      reader = new EmbeddedReader(this);
      embedded = reader;
    }
    return reader;
  }

  @Override
  public boolean readBoolean() throws CorruptMessageException {
    return in.getByte() != 0;
  }

  @Override
  public byte readByte() throws CorruptMessageException {
    return in.getByte();
  }

  @Override
  public int readInt() throws CorruptMessageException {
    return in.getInt();
  }

  @Override
  public int readCount() throws CorruptMessageException {
    return in.getCount();
  }

  @Override
  public long readLong() throws CorruptMessageException {
    return in.getLong();
  }

  @Override
  public double readDouble() throws CorruptMessageException {
    return Double.longBitsToDouble(in.getLong());
  }

  @Override
  public String readText() throws CorruptMessageException {
    return in.getText();
  }

  @Override
  public @Nullable Object readObject() throws IOException {
    return value();
  }

  @Override
  public MemorySegment readMemory() throws CorruptMessageException {
    return switch (in.getByte()) {
      case Wire.MEMORY -> smallMemory();
      case Wire.LARGE_MEMORY -> ownLargeMemory();
      default -> throw new CorruptMessageException("there is no memory here");
    };
  }

  @Override
  public int remaining() {
    return in.remaining();
  }
}
