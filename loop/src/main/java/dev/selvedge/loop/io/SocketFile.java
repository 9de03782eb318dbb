package dev.selvedge.loop.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The file of a Unix-domain server, which must not be removed once somebody else has put another
/// one in its place.
///
/// @param path where it is
/// @param key what the file system calls it, which another file there does not share
record SocketFile(Path path, @Nullable Object key) {

  /// {@return the file of a server that was bound to an address, if it has one}
  static @Nullable SocketFile of(SocketAddress address) throws IOException {
    if (!(address instanceof UnixDomainSocketAddress unix)) {
      return null;
    }
    return new SocketFile(unix.getPath(), key(unix.getPath()));
  }

  private static @Nullable Object key(Path path) throws IOException {
    var attributes = Files.readAttributes(path, BasicFileAttributes.class);
    Object key = attributes.fileKey();
    // the number of a removed file is soon used again, hence the time
    return key == null ? null : List.of(key, attributes.creationTime());
  }

  void delete() {
    try {
      if (key != null && key.equals(key(path))) {
        Files.delete(path);
      }
    } catch (IOException _) {
      // gone already
    }
  }
}
