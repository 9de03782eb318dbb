package dev.selvedge.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/// A SHA-256 over texts and files. Each part goes in with its length, so that no two sequences of
/// parts look alike.
final class ContentHash {
  private final MessageDigest digest = sha256();

  /// {@return the file's checksum, as `sha256sum` prints it}
  static String of(Path file) throws IOException {
    return HexFormat.of().formatHex(sha256().digest(Files.readAllBytes(file)));
  }

  void text(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Adds the names and contents of files; their folders do not matter.
  void files(Collection<Path> files) throws IOException {
    text(Integer.toString(files.size()));
    for (var file : files) {
      text(String.valueOf(file.getFileName()));
      bytes(Files.readAllBytes(file));
    }
  }

  /// {@return the first half of the hash in hexadecimal digits: enough for a name}
  String value() {
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private void bytes(byte[] bytes) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
