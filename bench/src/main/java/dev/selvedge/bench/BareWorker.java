package dev.selvedge.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A JVM without a pool: reads numbers of steps, and answers each line when it has done them.
final class BareWorker implements AutoCloseable {
  private final Process process;
  private final OutputStream orders;
  private final BufferedReader answers;

  private BareWorker(Process process) {
    this.process = process;
    this.orders = process.getOutputStream();
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  static BareWorker start() throws IOException {
    return new BareWorker(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                BareWorker.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  void order(int steps) throws IOException {
    orders.write((steps + "\n").getBytes(StandardCharsets.UTF_8));
    orders.flush();
  }

  void awaitAnswer() throws IOException {
    if (answers.readLine() == null) {
      throw new IOException("the bare JVM " + process.pid() + " has ended");
    }
  }

  @Override
  public void close() throws IOException {
    orders.close();
    process.destroy();
  }

  /// The command.
  public static void main(String[] args) throws IOException {
    var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      System.out.println(burn(Integer.parseInt(line)));
    }
  }

  /// Steps of a computation of which none can be left out.
  static long burn(int steps) {
    long x = 1;
    for (int i = 0; i < steps; i++) {
      x ^= x << 13;
      x ^= x >>> 7;
      x ^= x << 17;
    }
    return x;
  }
}
