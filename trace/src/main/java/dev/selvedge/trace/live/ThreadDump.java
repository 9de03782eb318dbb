package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All threads of a JVM, as the JDK writes them with `jcmd PID Thread.dump_to_file -format=json`.
///
/// ```java
/// ThreadDump dump = ThreadDump.read(Path.of("threads.json"));
/// long virtual = dump.threads().filter(DumpedThread::virtual).count();
/// ```
///
/// The JVM looks at one thread after the other and does not stop meanwhile, so the dump shows them
/// at moments that may be seconds apart where there are many.
///
/// Reading takes some hundred bytes for each thread, however deep its stack: equal frames and
/// stacks are kept once. Immutable.
///
/// @param runtimeVersion of the JVM, such as `25.0.3+9-LTS`
/// @param containers what the threads belong to
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public record ThreadDump(String runtimeVersion, List<ThreadContainer> containers) {

  /// What threads belong to: an executor, a scope, or the JVM.
  ///
  /// @param name of the container
  /// @param parent the name of the container around it
  /// @param owner the number of the thread that opened it; 0 if none did
  /// @param threads in it
  /// @since 0.1
  public record ThreadContainer(
      String name, @Nullable String parent, long owner, List<DumpedThread> threads) {}

  /// Reads a dump.
  ///
  /// @param file in JSON
  /// @return the dump
  /// @throws IOException if the file cannot be read or is no such dump
  public static ThreadDump read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new ThreadDumpReader().read(in);
    }
  }

  /// {@return all threads}
  public Stream<DumpedThread> threads() {
    return containers.stream().flatMap(container -> container.threads().stream());
  }
}
