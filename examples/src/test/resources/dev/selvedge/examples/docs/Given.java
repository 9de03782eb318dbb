import module dev.selvedge;
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
  static final Path file = Path.of("file");

  abstract Page fetch(URI from) throws IOException, InterruptedException;

  abstract Page load() throws IOException;

  abstract void save(Page page) throws IOException;

  abstract void handle(Object item) throws Exception;

  abstract void log(Object... what);
}
