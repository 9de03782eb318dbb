import module dev.selvedge;
import module dev.selvedge.loop;
import module java.base;

/// What fragments of code in the pages take as given.
abstract class Given {
  record Page(String text) {}

  record Price(String shop, int cents) {}

  record Tick(int number) {}

  static final URI uri = URI.create("https://example.org/");
  static final URI mirror = URI.create("https://example.net/");
  static final List<URI> uris = List.of(uri, mirror);
  static final List<String> lines = List.of("one", "two");
  static final List<String> words = lines;
  static final Path file = Path.of("file");
  static final Path folder = Path.of("folder");
  static final String room = "room";
  static final int length = 4;

  Connection connection;
  TcpServer.Handler handler;

  abstract void serve(String room) throws Exception;

  abstract Page fetch(URI from) throws IOException, InterruptedException;

  abstract Page load() throws IOException;

  abstract void save(Page page) throws IOException;

  abstract void handle(Object item) throws Exception;

  abstract void log(Object... what);
}
