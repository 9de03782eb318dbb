package dev.selvedge.process.codec;

import java.io.IOException;

/// The form that a [Codec] gives.
final class CodecForm<T> implements Form {
  private final Codec<T> codec;
  private final Word word;
  private final Form contents = this::contents;

  CodecForm(Codec<T> codec) {
    this.codec = codec;
    this.word = Word.ofCodec(codec.type());
  }

  @Override
  public void write(Encoding out, Object value) throws IOException {
    out.shared(value, true, contents);
  }

  private void contents(Encoding out, Object value) throws IOException {
    out.tag(Wire.CODEC);
    out.word(word);
    codec.write(codec.type().cast(value), out);
  }
}
