package dev.selvedge.trace.recording;

import dev.selvedge.Stability;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Reads recordings: those of one process, and those of several, whose files were put one after the
/// other.
///
/// ```java
/// var recording = new RecordingReader().read(Path.of("out.jfr"));
/// recording.notes().forEach(System.err::println);
/// ```
///
/// The file may be damaged, cut off, or of another version; what can be read is read, and the
/// recording's notes say what was lost. It may be used from any thread.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class RecordingReader {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String REMEDY =
      "record one with 'selvedge run --record FILE.jfr PROGRAM.java'";

  private final Duration patience;
  private final LongConsumer progress;

  /// A reader that tells nobody how far it is.
  public RecordingReader() {
    this(bytes -> {});
  }

  /// A reader that tells after each chunk how many bytes of the file have been read.
  public RecordingReader(LongConsumer progress) {
    this(PATIENCE, progress);
  }

  /// @param patience how long the JDK's reader may take for one event before a chunk is given up
  RecordingReader(Duration patience, LongConsumer progress) {
    this.patience = patience;
    this.progress = progress;
  }

  /// Reads a file.
  ///
  /// @throws UnreadableRecordingException if there is nothing of Selvedge in it that can be read
  /// @throws IOException if reading fails, for example as the disk does
  /// @throws InterruptedException if the calling thread is interrupted
  public Recording read(Path file) throws IOException, InterruptedException {
    requireFile(file);
    var folder = Files.createTempDirectory("selvedge-recording-");
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new Reading(file, channel, folder.resolve("chunk.jfr")).all();
    } finally {
      Files.deleteIfExists(folder.resolve("chunk.jfr"));
      Files.delete(folder);
    }
  }

  private static void requireFile(Path file) throws UnreadableRecordingException {
    if (!Files.exists(file)) {
      throw new UnreadableRecordingException(file + " does not exist; " + REMEDY);
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UnreadableRecordingException(
          file
              + (Files.isDirectory(file) ? " is a folder; " : " cannot be read; ")
              + "name a .jfr file");
    }
  }

  /// One file being read.
  private final class Reading {
    private final Path file;
    private final FileChannel channel;
    private final Path copy;
    private final EventFields fields = new EventFields();
    private final Map<List<Long>, ChunkEvents> processes = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private int readable;

    Reading(Path file, FileChannel channel, Path copy) {
      this.file = file;
      this.channel = channel;
      this.copy = copy;
    }

    Recording all() throws IOException, InterruptedException {
      if (channel.size() == 0) {
        throw new UnreadableRecordingException(
            file
                + " is empty: the program that recorded it has not ended, or was killed; "
                + REMEDY);
      }
      var places = ChunkPlace.in(channel);
      if (places.isEmpty()) {
        throw new UnreadableRecordingException(file + " is not a Flight Recorder file; " + REMEDY);
      }
      long end = 0;
      for (int i = 0; i < places.size(); i++) {
        var place = places.get(i);
        noteGap(end, place.offset());
        read(place, "part " + (i + 1) + " of " + places.size());
        end = place.offset() + place.size();
        progress.accept(end);
      }
      noteGap(end, channel.size());
      return result();
    }

    private void noteGap(long from, long to) {
      if (to > from) {
        notes.add(
            "the " + (to - from) + " bytes from byte " + from + " on are no part of a recording");
      }
    }

    private void read(ChunkPlace place, String name) throws IOException, InterruptedException {
      if (!place.complete()) {
        notes.add(name + " is cut off or damaged");
      }
      var events = new ChunkEvents(fields);
      try {
        boolean sound = Chunk.copy(channel, place, copy);
        readable++;
        var problem = BoundedParse.read(copy, events, patience);
        if (!sound || problem.isPresent()) {
          notes.add(
              name
                  + " is damaged, and what follows the damage is lost"
                  + problem.map(p -> ": " + p).orElse(""));
        }
      } catch (DamagedChunkException e) {
        notes.add(name + " is lost: " + e.getMessage());
      }
      processes
          .computeIfAbsent(List.of(events.pid(), events.started()), key -> new ChunkEvents(fields))
          .addAll(events);
    }

    private Recording result() throws UnreadableRecordingException {
      if (fields.cut() > 0) {
        notes.add(
            fields.cut()
                + " texts of more than "
                + EventFields.LONGEST_TEXT
                + " characters are cut");
      }
      var found =
          processes.values().stream()
              .map(ChunkEvents::process)
              .filter(Reading::hasAnything)
              .sorted(Comparator.comparingLong(RecordedProcess::started))
              .toList();
      if (found.isEmpty()) {
        throw new UnreadableRecordingException(file + nothing());
      }
      return new Recording(found, notes);
    }

    private String nothing() {
      return readable == 0
          ? " is damaged and nothing of it can be read (" + notes.getFirst() + "); " + REMEDY
          : " has no events of Selvedge"
              + (notes.isEmpty() ? "" : " that can be read (" + notes.getFirst() + ")")
              + "; "
              + REMEDY;
    }

    private static boolean hasAnything(RecordedProcess process) {
      return !(process.tasks().isEmpty()
          && process.groups().isEmpty()
          && process.cancellations().isEmpty()
          && process.samples().isEmpty()
          && process.stalls().isEmpty()
          && process.transfers().isEmpty()
          && process.drops().isEmpty());
    }
  }
}
