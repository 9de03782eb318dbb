package dev.selvedge.process.codec;

import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds out what the words of a message mean, and remembers it by their content.
final class Meanings {
  private static final int KEPT = 1 << 12;

  private static final List<Meaning> EVERYBODYS =
      Word.EVERYBODYS.stream().<Meaning>map(Meaning.Type::new).toList();

  private final Codecs codecs;
  private final @Nullable ClassLoader loader;
  private final @Nullable Lexicon lexicon;
  private final Map<Word, Meaning> known = new HashMap<>();
  private final List<Meaning> ofMessage = new ArrayList<>();
  private final List<@Nullable Meaning> ofLexicon = new ArrayList<>();

  Meanings(Codecs codecs, @Nullable ClassLoader loader, @Nullable Lexicon lexicon) {
    this.codecs = codecs;
    this.loader = loader;
    this.lexicon = lexicon;
  }

  void nextMessage() {
    ofMessage.clear();
    if (known.size() > KEPT) {
      known.clear();
    }
  }

  /// Reads a word that must be of one kind.
  <M extends Meaning> M read(ReadBuffer in, Class<M> kind) throws IOException {
    Meaning meaning = read(in);
    if (!kind.isInstance(meaning)) {
      throw new CorruptMessageException("a word is no " + kind.getSimpleName() + ": " + meaning);
    }
    return kind.cast(meaning);
  }

  private Meaning read(ReadBuffer in) throws IOException {
    int reference = in.getCount();
    if (reference == Wire.WORD_INLINE) {
      Meaning meaning = inline(in);
      ofMessage.add(meaning);
      return meaning;
    }
    int where = ((reference - 1) & 3) + 1;
    int number = (reference - 1) >>> 2;
    return switch (where) {
      case Wire.WORD_OF_MESSAGE -> at(ofMessage, number);
      case Wire.WORD_OF_LEXICON -> ofLexicon(number);
      case Wire.WORD_OF_EVERYBODY -> at(EVERYBODYS, number);
      default -> throw new CorruptMessageException("a word without a place: " + reference);
    };
  }

  private static Meaning at(List<Meaning> meanings, int number) throws CorruptMessageException {
    if (number >= meanings.size()) {
      throw new CorruptMessageException("the word " + number + " has not been described");
    }
    return meanings.get(number);
  }

  private Meaning ofLexicon(int number) throws IOException {
    if (number < ofLexicon.size()) {
      Meaning meaning = ofLexicon.get(number);
      if (meaning != null) {
        return meaning;
      }
    }
    if (lexicon == null) {
      throw new CorruptMessageException("the message needs a lexicon");
    }
    Meaning meaning = resolve(lexicon.word(number).read());
    while (ofLexicon.size() <= number) {
      ofLexicon.add(null);
    }
    ofLexicon.set(number, meaning);
    return meaning;
  }

  private Meaning inline(ReadBuffer in) throws IOException {
    int length = in.claimBytes(1);
    Word word = Word.view(in.bytes(), in.take(length), length);
    Meaning meaning = known.get(word);
    if (meaning == null) {
      meaning = resolve(word.read());
      known.put(word.copy(), meaning);
    }
    return meaning;
  }

  private Meaning resolve(ReadBuffer word) throws IOException {
    Word.Kind kind = Word.Kind.of(word.getByte());
    Class<?> type = type(word.getText());
    return switch (kind) {
      case CLASS -> new Meaning.Type(type);
      case RECORD -> components(type, word.getInt());
      case ENUM -> constants(type, word.getInt());
      case LAMBDA -> function(type, word);
      case CODEC -> coded(type);
    };
  }

  private Class<?> type(String name) throws IOException {
    Class<?> type;
    try {
      type = Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new MissingClassException(name, e);
    }
    if (codecs.filter().checkInput(new Seen(type)) == ObjectInputFilter.Status.REJECTED) {
      throw new InvalidClassException(name, "refused by the ObjectInputFilter");
    }
    return type;
  }

  private static Meaning components(Class<?> type, int fingerprint) throws IOException {
    if (!type.isRecord() || RecordForm.shape(type).hashCode() != fingerprint) {
      throw new UnreadableObjectException(
          "the record " + type.getName() + " has other components at the two ends");
    }
    try {
      return new Meaning.Components(type, RecordForm.types(type), RecordForm.maker(type));
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw closed("the record " + type.getName(), type, e);
    }
  }

  private static Meaning constants(Class<?> type, int fingerprint) throws IOException {
    if (!type.isEnum() || EnumForm.shape(type).hashCode() != fingerprint) {
      throw new UnreadableObjectException(
          "the enum " + type.getName() + " has other constants at the two ends");
    }
    return new Meaning.Constants(type, List.of(type.getEnumConstants()));
  }

  private static Meaning function(Class<?> type, ReadBuffer word) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      texts.add(word.getText());
    }
    int kind = word.getByte();
    for (int i = 0; i < 4; i++) {
      texts.add(word.getText());
    }
    int captured = word.getCount();
    if (captured > 255) {
      throw new CorruptMessageException("a function captures " + captured + " values");
    }
    try {
      Method maker = type.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
      maker.setAccessible(true);
      return new Meaning.Function(type, maker, texts, kind, captured);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw closed("a function of " + type.getName(), type, e);
    }
  }

  private static UnreadableObjectException closed(String what, Class<?> type, Exception cause) {
    return new UnreadableObjectException(
        what
            + " cannot be made here: "
            + cause
            + "; open the package "
            + type.getPackageName()
            + " to dev.selvedge.process at both ends, and use the same version",
        cause);
  }

  private Meaning coded(Class<?> type) throws IOException {
    Codec<?> codec = codecs.codec(type);
    if (codec == null) {
      throw new UnreadableObjectException(
          "there is no codec for " + type.getName() + " where the message is read");
    }
    return new Meaning.Coded(codec);
  }

  /// A class, as a filter sees it.
  private record Seen(Class<?> serialClass) implements ObjectInputFilter.FilterInfo {
    @Override
    public long arrayLength() {
      return -1;
    }

    @Override
    public long depth() {
      return 1;
    }

    @Override
    public long references() {
      return 1;
    }

    @Override
    public long streamBytes() {
      return 1;
    }
  }
}
