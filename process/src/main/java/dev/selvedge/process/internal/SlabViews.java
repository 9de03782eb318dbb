package dev.selvedge.process.internal;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The [Slabs] of the other side of a connection, as they are needed.
///
/// What this side sees of a slab is to be copied before the slab is free again; see there for when
/// that is. For one thread at a time.
final class SlabViews implements AutoCloseable {
  private static final int MOST = 64;

  private record View(Arena arena, MemorySegment memory) {}

  private final Path prefix;
  private final Map<Long, View> views = new LinkedHashMap<>(16, 0.75f, true);

  /// Maps nothing yet.
  ///
  /// @param prefix as the other side has it
  SlabViews(Path prefix) {
    this.prefix = prefix;
  }

  /// {@return the memory at a place; none if the slab is gone, as it may be if this message is of a
  /// task that was taken back}
  ///
  /// @throws IOException if there can be no such place
  MemorySegment at(Slabs.Place place, long size) throws IOException {
    View view = views.get(place.slab());
    if (view == null) {
      view = map(Slabs.file(prefix, place.slab()));
      if (view == null || view.memory.byteSize() == 0) {
        return MemorySegment.NULL;
      }
      views.put(place.slab(), view);
      closeEldest();
    }
    long room = view.memory.byteSize() - place.offset();
    if (place.offset() < Slabs.DATA || size < 0 || size > room) {
      throw new IOException("a frame is corrupt: large part of " + size + " bytes at " + place);
    }
    return view.memory.asSlice(place.offset(), size);
  }

  private static @Nullable View map(Path file) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE))) {
      return new View(arena, channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena));
    } catch (NoSuchFileException e) {
      arena.close();
      return null;
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  private void closeEldest() {
    if (views.size() > MOST) {
      var eldest = views.entrySet().iterator();
      eldest.next().getValue().arena.close();
      eldest.remove();
    }
  }

  /// Lets the other side use the slab of these parts again.
  void free(List<MemorySegment> parts) {
    for (MemorySegment part : parts) {
      if (part.isMapped()) {
        for (View view : views.values()) {
          if (view.memory.asOverlappingSlice(part).isPresent()) {
            Slabs.STATE.setRelease(view.memory, 0L, Slabs.FREE);
          }
        }
      }
    }
  }

  /// Removes the files of the other side, which has ended.
  void deleteAll() {
    String name = prefix.getFileName().toString();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(prefix.getParent(), name + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // their folder is removed later
    }
  }

  /// Unmaps everything. Nobody may use it any more.
  @Override
  public void close() {
    views.values().forEach(view -> view.arena.close());
    views.clear();
  }
}
