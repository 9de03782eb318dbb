package dev.selvedge.process.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The classes that every worker loads, as the JVM keeps them ready for the next one of its kind
/// (JEP 483, JEP 514): it makes workers start in half the time. Made in the background at the first
/// use, by a worker that gets some [Training].
///
/// ```
/// ~/.cache/selvedge              or $XDG_CACHE_HOME/selvedge, or -Ddev.selvedge.process.cache
///   KEY.aot                      the cache
///   KEY.sum                      its length and checksum
///   KEY.lock                     held by the process that makes it
///   KEY.new                      what it has made so far
/// ```
///
/// The key stands for the JDK, the options, and the names, lengths and times of the jars. So a
/// cache is never stale. One that is broken is ignored by the JVM if it sees it; to be sure, its
/// length is looked at before each use, and its checksum in the background at the first: then it is
/// removed and made anew. A cache that was not used for a month is removed.
final class AotCache {
  /// This system property names another folder; if it is empty, there is no cache.
  static final String PROPERTY = "dev.selvedge.process.cache";

  private static final System.Logger LOG = System.getLogger("dev.selvedge.process");
  private static final Duration UNUSED = Duration.ofDays(30);
  private static final int TRAINING_SECONDS = 120;
  private static final Map<String, AotCache> ALL = new ConcurrentHashMap<>(); // by key

  private final Path folder;
  private final String key;
  private final List<String> training;
  private boolean looked; // guarded by this

  private AotCache(Path folder, String key, List<String> training) {
    this.folder = folder;
    this.key = key;
    this.training = training;
  }

  /// {@return the cache for a command, or null if there is none here}
  ///
  /// @param training the command that trains
  /// @param jars which count
  static @Nullable AotCache of(List<String> training, List<Path> jars) {
    Path folder = folder();
    if (folder == null) {
      return null;
    }
    try {
      String key = key(training, jars);
      return ALL.computeIfAbsent(key, _ -> new AotCache(folder, key, training));
    } catch (IOException e) {
      return null; // a jar is missing; the worker will say so
    }
  }

  private static @Nullable Path folder() {
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      return chosen.isEmpty() ? null : Path.of(chosen);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    return caches == null || caches.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".cache", "selvedge")
        : Path.of(caches, "selvedge");
  }

  private static String key(List<String> command, List<Path> jars) throws IOException {
    List<String> parts = new ArrayList<>(command);
    parts.add(System.getProperty("java.vm.version"));
    for (Path jar : jars) {
      parts.add(jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar));
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] sum = digest.digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sum, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }

  private Path path(String kind) {
    return folder.resolve(key + "." + kind);
  }

  /// {@return the file, or null if it has not been made, or was cut off}
  @Nullable Path file() {
    try {
      Path file = path("aot");
      String sum = Files.readString(path("sum"));
      return sum.startsWith(Files.size(file) + " ") ? file : null;
    } catch (IOException e) {
      return null;
    }
  }

  /// Sees to it, in the background and once in this process, that there is a sound cache for the
  /// workers to come.
  void prepare() {
    synchronized (this) {
      if (looked) {
        return;
      }
      looked = true;
    }
    Thread.ofPlatform().daemon().name("selvedge-aot").start(this::prepareNow);
  }

  private void prepareNow() {
    try {
      Files.createDirectories(folder, UserFolder.permissions("rwx------"));
      try (FileChannel channel = open(path("lock"));
          FileLock lock = channel.tryLock()) {
        if (lock != null && !isSound()) {
          make();
        }
      }
    } catch (OverlappingFileLockException e) {
      // another copy of this library in this process makes it
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "no AOT cache for workers", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private boolean isSound() throws IOException {
    Path file = file();
    if (file == null || !Files.readString(path("sum")).equals(sum(file))) {
      return false;
    }
    Files.setLastModifiedTime(path("sum"), FileTime.from(Instant.now()));
    return true;
  }

  private static String sum(Path file) throws IOException {
    CRC32 crc = new CRC32();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(buffer.clear()) >= 0) {
        crc.update(buffer.flip());
      }
    }
    return Files.size(file) + " " + Long.toHexString(crc.getValue());
  }

  private void make() throws IOException, InterruptedException {
    removeUnused();
    Files.deleteIfExists(path("sum"));
    Path made = path("new");
    Process process = train(made);
    try {
      if (process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS)
          && process.exitValue() == 0
          && Files.exists(made)) {
        String sum = sum(made);
        Files.move(made, path("aot"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(path("sum"), sum);
      }
    } finally {
      giveUp(process);
    }
  }

  private void giveUp(Process training) {
    try {
      training.destroyForcibly().waitFor();
      Files.deleteIfExists(path("new"));
      Files.deleteIfExists(path("new.config")); // the JVM's, between its two steps
      ProcessFolder.delete(shared());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "left behind in " + folder, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Its input ends with this process, which it takes as the sign to give up.
  private Process train(Path made) throws IOException {
    List<String> command = new ArrayList<>(training);
    command.add(1, "-XX:AOTCacheOutput=" + made);
    UserFolder.createPrivate(shared());
    command.add(shared().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> giveUp(process), "selvedge-aot-end"));
    return process;
  }

  /// {@return where the training puts what its two sides share} Its own folder would be left behind
  /// when it is broken off.
  private Path shared() throws IOException {
    return ProcessFolder.own().path().resolve("training-" + key);
  }

  private void removeUnused() throws IOException {
    Instant old = Instant.now().minus(UNUSED);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path sum : files.filter(file -> file.toString().endsWith(".sum")).toList()) {
        if (Files.getLastModifiedTime(sum).toInstant().isBefore(old)) {
          Files.delete(sum);
          Files.deleteIfExists(Path.of(sum.toString().replaceFirst("\\.sum$", ".aot")));
          Files.deleteIfExists(Path.of(sum.toString().replaceFirst("\\.sum$", ".lock")));
        }
      }
    }
  }
}
