package dev.selvedge.process.codec;

/// The form of a message, byte by byte.
///
/// ```
/// message   = version value*
/// value     = tag contents
/// count     = 7 bits a byte, the lowest first, the highest bit of a byte: more follow
/// text      = count(2 * length + wide) characters, one byte each, or two if wide
/// word      = count(0) count(length) bytes          the first time in a message
///           | count(1 + 4 * number)                 of this message
///           | count(2 + 4 * number)                 of the connection's lexicon
///           | count(3 + 4 * number)                 of those that everybody knows
/// ```
///
/// Numbers have the low byte first; there is no padding.
///
/// **Tags.** A byte with the highest bit set is an Integer by itself, from -16 to 111. The others
/// are the constants below. Values of one element each (numbers, texts, times, paths …) follow
/// their tag; so do records, component by component, those of a primitive type without a tag.
///
/// **Words.** A class takes many bytes to describe and a few to refer to. Its description, a
/// *word*, is sent once: in the message where it occurs first, or before it if both ends keep a
/// [Lexicon]. A function is a word too: its class, its method and the types, with the captured
/// values after it; one that captures nothing is a tag and a word, and the reader makes it once.
///
/// **Sharing.** Every object but texts, boxed numbers, enum constants and other leaves of the JDK
/// gets a *handle*: the count of those that came before it. Neither end writes handles down; both
/// number the objects in the order in which their tags lie in the message. A second occurrence is
/// `BACK` and the handle, so that identity is kept and cycles end. What can be changed (arrays,
/// lists, maps) has its handle before its contents, as the reader can make it empty and fill it.
/// What cannot (records, `List.of`, functions, objects of codecs) is *open* until its contents are
/// complete, and nothing can refer to it; so a cycle that must go through such an object is refused
/// by the writer. JDK serialization gives null there, without a word.
///
/// **JDK serialization** does the rest. One stream serves a message: each `EMBEDDED` brings the
/// next *chunk* of it, so that classes are described once, and handles of the stream go on. The two
/// kinds of sharing are connected in both directions: an object that the stream has seen goes
/// through the stream again when it occurs outside; one with a handle of ours is replaced within
/// the stream by a [Ref]. What the stream could not write, or not well (objects of codecs, records
/// that are not serializable, paths, large arrays), is *hoisted*: it is written as a value before
/// the chunk, and the stream holds a [Ref] to it. If within a hoisted value something needs the
/// stream again, while that is busy, it gets a stream of its own (`EMBEDDED_ALONE`), which shares
/// only whole values; this is the one place where one object can arrive as two.
///
/// **Large memory.** Memory segments and arrays of primitives from a size that [Codecs] sets are
/// not in the message: `LARGE_ARRAY` and `LARGE_MEMORY` hold an index into a list that goes beside
/// it.
///
/// **Depth.** Values are written and read recursively, to a depth that [Codecs] limits, far from
/// the end of an ordinary stack.
final class Wire {
  static final int VERSION = 1;

  // Leaves.
  static final int NULL = 0;
  static final int FALSE = 1;
  static final int TRUE = 2;
  static final int INT_1 = 3; // in 1 byte
  static final int INT_2 = 4;
  static final int INT_4 = 5;
  static final int TEXT = 6;
  static final int ENUM = 7;
  static final int CLASS = 8;
  static final int FUNCTION = 9; // captures nothing
  static final int BYTE = 10;
  static final int SHORT = 11;
  static final int CHARACTER = 12;
  static final int LONG_4 = 13; // in 4 bytes
  static final int LONG_8 = 14;
  static final int FLOAT = 15;
  static final int DOUBLE = 16;
  static final int BIG_INTEGER = 17;
  static final int BIG_DECIMAL = 18;
  static final int PATH = 19;
  static final int CHARSET = 20;
  static final int UUID = 21;
  static final int URI = 22;
  static final int DURATION = 23;
  static final int PERIOD = 24;
  static final int INSTANT = 25;
  static final int LOCAL_DATE = 26;
  static final int LOCAL_TIME = 27;
  static final int LOCAL_DATE_TIME = 28;
  static final int ZONE_OFFSET = 29;
  static final int OFFSET_DATE_TIME = 30;
  static final int ZONED_DATE_TIME = 31;

  // With a handle.
  static final int BACK = 32; // has one already
  static final int RECORD = 33;
  static final int LAMBDA = 34;
  static final int OBJECTS = 35; // an array of references
  static final int ARRAY = 36; // of primitives
  static final int LARGE_ARRAY = 37;
  static final int MEMORY = 38;
  static final int LARGE_MEMORY = 39;
  static final int FIELDLESS = 40;
  static final int CODEC = 41; // by a Codec
  static final int OPTIONAL = 42;
  static final int MAP_ENTRY = 43;

  static final int ARRAY_LIST = 48;
  static final int LINKED_LIST = 49;
  static final int ARRAYS_AS_LIST = 50;
  static final int LIST_OF = 51;
  static final int ARRAY_DEQUE = 52;
  static final int HASH_SET = 53;
  static final int LINKED_HASH_SET = 54;
  static final int TREE_SET = 55;
  static final int SET_OF = 56;
  static final int HASH_MAP = 57;
  static final int LINKED_HASH_MAP = 58;
  static final int TREE_MAP = 59;
  static final int MAP_OF = 60;
  static final int CONCURRENT_HASH_MAP = 61;
  static final int STREAM_LIST = 62; // as of Stream.toList, which may hold nulls

  // JDK serialization.
  static final int EMBEDDED = 64;
  static final int EMBEDDED_ALONE = 65;
  static final int HOISTED = 66; // a value, before its chunk
  static final int CHUNK = 67;

  static final int TAGS = 68;

  static final int SMALL_INT = 0x80;
  static final int SMALLEST_INT = -16;
  static final int LARGEST_SMALL_INT = SMALLEST_INT + 0x7F;

  // How a word is referred to.
  static final int WORD_INLINE = 0;
  static final int WORD_OF_MESSAGE = 1;
  static final int WORD_OF_LEXICON = 2;
  static final int WORD_OF_EVERYBODY = 3;

  private Wire() {}
}
