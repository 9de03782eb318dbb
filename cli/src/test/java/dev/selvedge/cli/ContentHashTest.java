package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContentHashTest {
  private static String hash(String... texts) {
    var hash = new ContentHash();
    List.of(texts).forEach(hash::text);
    return hash.value();
  }

  @Test
  void whereOneTextEndsAndTheNextBeginsMatters() {
    assertEquals(hash("ab", "c"), hash("ab", "c"));
    assertNotEquals(hash("ab", "c"), hash("a", "bc"));
    assertNotEquals(hash("ab"), hash("ab", ""));
  }

  @Test
  void ofAFileIsWhatSha256sumPrints(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("abc"), "abc");
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", ContentHash.of(file));
  }
}
