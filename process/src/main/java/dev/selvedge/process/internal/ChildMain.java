package dev.selvedge.process.internal;

import dev.selvedge.Action;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;

/// The program of a process that runs one action.
///
/// It is the JVM's own `main`, so that the process ends as any Java program does: after the last
/// thread that is no daemon, with the stack of what was thrown, by any exit code.
///
/// Its standard input says what to do, and ends when the process that has started it does, however
/// that ends; this one then ends at once.
public final class ChildMain {
  private ChildMain() {}

  /// Runs the action.
  public static void main(String[] args) throws Exception {
    InputStream parent = System.in;
    Action action = begin(new DataInputStream(parent));
    System.setIn(InputStream.nullInputStream());
    Thread.ofPlatform().daemon().name("selvedge-parent").start(() -> endWith(parent));
    action.perform();
  }

  private static Action begin(DataInputStream birth) throws IOException {
    byte[] message;
    try {
      String name = birth.readUTF();
      String parent = birth.readUTF();
      Lineage.begin(name, new Lineage.Parent(parent, birth.readLong()));
      message = birth.readNBytes(birth.readInt());
    } catch (EOFException e) {
      Runtime.getRuntime().halt(WorkerMain.ORPHANED);
      throw e;
    }
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    Decoder decoder = new Decoder(Codecs.load(loader), loader);
    decoder.open(message, 0, message.length, List.of());
    return (Action) Objects.requireNonNull(decoder.read());
  }

  private static void endWith(InputStream parent) {
    try {
      while (parent.read() >= 0) {
        // the parent writes nothing more
      }
    } catch (IOException e) {
      // as good as its end
    }
    Runtime.getRuntime().halt(WorkerMain.ORPHANED);
  }
}
