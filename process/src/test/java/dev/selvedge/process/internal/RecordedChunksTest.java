package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordedChunksTest {
  private static final int STATE_AT = 64;

  @TempDir private Path folder;
  private Path one = Path.of("");
  private Path whole = Path.of("");

  @Name("test.Marked")
  private static final class Marked extends Event {}

  @BeforeEach
  void record() throws IOException {
    one = folder.resolve("one.jfr");
    whole = folder.resolve("whole.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      new Marked().commit();
      recording.stop();
      recording.dump(one);
    }
  }

  private static long marks(Path file) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("test.Marked"))
        .count();
  }

  @Test
  void putsRecordingsOneBehindTheOther() throws IOException {
    for (int i = 1; i <= 3; i++) {
      assertEquals(1, RecordedChunks.append(one, whole));
      assertEquals(i, marks(whole));
    }
  }

  @Test
  void leavesOutWhatIsNotComplete() throws IOException {
    RecordedChunks.append(one, whole);
    byte[] bytes = Files.readAllBytes(one);
    for (int length : new int[] {0, 1, 67, 68, bytes.length / 2, bytes.length - 1}) {
      Path part = Files.write(folder.resolve("part.jfr"), Arrays.copyOf(bytes, length));
      assertEquals(0, RecordedChunks.append(part, whole), length + " bytes");
    }
    assertEquals(0, RecordedChunks.append(Files.writeString(one, "no recording"), whole));
    assertEquals(1, marks(whole));
  }

  @Test
  void endsWhatAKilledProcessWasStillWriting() throws IOException {
    byte[] bytes = Files.readAllBytes(one);
    bytes[STATE_AT] = 1; // as it is while the JVM writes
    byte[] longer =
        Arrays.copyOf(bytes, bytes.length + 1_000); // events that the head does not tell of
    assertEquals(1, RecordedChunks.append(Files.write(one, longer), whole));
    assertEquals(bytes.length, Files.size(whole));
    assertEquals(1, marks(whole)); // a reader of the JDK would wait for its end
  }
}
