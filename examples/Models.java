import module dev.selvedge;
import module dev.selvedge.process;

/// Compares sixty models by cross-validation, three hundred fits, over one table that is in memory
/// once, whatever pool fits them.
///
/// The question: how small does a source file get in a zip, judged by its characters? The table
/// comes from the JDK's own sources, a row for each file. It is in a `SharedArray`: the calls carry
/// its handle, and workers read its numbers where they are, so a fit costs a message of some bytes,
/// however large the table is. Try `--pool processes:2`, the default, against `--pool threads:2`:
/// every digit of the result is the same.
static final String USAGE =
    """
    Usage: Models [--pool NAME] [--rows N] [--models N] [--json]
    Fits models that tell how small a source file gets in a zip, and prints the best.

      --pool NAME   where to fit: processes:N (default processes:2), threads:N or virtual
      --rows N      how many of the JDK's source files to learn from, at least 100; 3000 by default
      --models N    how many models to compare, 1 to 60; 60 by default
      --json        print {"rows":…,"features":…,"folds":…,"models":[{"model":…,"error":…,"worst":…,
                    "r2":…},…],"elapsedMillis":…,"pool":…}
      --help        print this

    An error of 0.05 is about 5 % of the compressed size, "worst" is that of the worst fold.
    """;

static final int FOLDS = 5;
static final int TOP = 10;
static final int LEAST_ROWS = 100;
static final int MOST_MODELS = 60;

record Options(String pool, int rows, int models, boolean json) {}

/// Wrong usage, or nothing to learn from: one line, and exit code 2.
static class Unusable extends Exception {
  Unusable(String message) {
    super(message);
  }
}

void main(String[] args) throws Exception {
  try {
    if (List.of(args).contains("--help")) {
      IO.print(USAGE);
    } else {
      run(parse(args));
    }
  } catch (Unusable e) {
    System.err.println("Models: " + e.getMessage());
    System.exit(2);
  } catch (TaskFailedException | IOException e) {
    System.err.println("Models: " + e.getMessage());
    System.exit(1);
  }
}

static Options parse(String[] args) throws Unusable {
  String pool = "processes:2";
  int rows = 3_000;
  int models = MOST_MODELS;
  boolean json = false;
  for (int i = 0; i < args.length; i++) {
    switch (args[i]) {
      case "--pool" -> pool = value(args, ++i);
      case "--rows" -> rows = number(args, ++i, LEAST_ROWS, Integer.MAX_VALUE);
      case "--models" -> models = number(args, ++i, 1, MOST_MODELS);
      case "--json" -> json = true;
      default -> throw new Unusable("unknown option " + args[i] + "; see --help");
    }
  }
  return new Options(pool, rows, models, json);
}

static String value(String[] args, int at) throws Unusable {
  if (at == args.length) {
    throw new Unusable(args[at - 1] + " needs a value; see --help");
  }
  return args[at];
}

static int number(String[] args, int at, int least, int most) throws Unusable {
  String text = value(args, at);
  try {
    int number = Integer.parseInt(text);
    if (number >= least && number <= most) {
      return number;
    }
  } catch (NumberFormatException e) {
    // said below
  }
  throw new Unusable(
      "%s takes a number from %d to %d, and got '%s'".formatted(args[at - 1], least, most, text));
}

static Pool open(String name) throws Unusable {
  try {
    return Pool.named(name);
  } catch (IllegalArgumentException e) {
    throw new Unusable(e.getMessage());
  }
}

/// The scope is closed before the pool, when all that used the table has been waited for.
static void run(Options options) throws Exception {
  long start = System.nanoTime();
  try (Pool pool = open(options.pool());
      SharedScope shared = SharedScope.open()) {
    Table table = table(pool, shared, options.rows());
    List<Score> scores = compare(pool, table, models(options.models()));
    long millis = (System.nanoTime() - start) / 1_000_000;
    if (options.json()) {
      printJson(scores, table, millis, pool.name());
    } else {
      print(scores, table, millis, pool.name());
    }
  }
}

// ---- the comparison ---------------------------------------------------------------------------

/// One fit: learn from all rows but those of a fold, and foretell those.
record Fit(Model model, int fold) implements Serializable {}

/// How a model did in all folds; ordered from the best.
record Score(String model, double error, double worst, double r2) implements Comparable<Score> {
  @Override
  public int compareTo(Score other) {
    return Comparator.comparingDouble(Score::error)
        .thenComparing(Score::model)
        .compare(this, other);
  }
}

/// The program's heart: a task for each fit, which carries the handle of the table. The results
/// come in the order of the fits, so that sums are the same on every pool.
static List<Score> compare(Pool pool, Table table, List<Model> models)
    throws InterruptedException, TaskFailedException {
  List<Fit> fits =
      models.stream()
          .flatMap(model -> IntStream.range(0, FOLDS).mapToObj(fold -> new Fit(model, fold)))
          .toList();
  List<Score> scores = new ArrayList<>();
  double variance = variance(table);
  try (Progress progress = Progress.of(fits.size(), "fits");
      Results<Double> errors = pool.map(fits, fit -> squaredError(table, fit))) {
    for (Model model : models) {
      double[] folds = new double[FOLDS];
      for (int fold = 0; fold < FOLDS; fold++) {
        folds[fold] = errors.next();
        progress.step();
      }
      scores.add(score(model, folds, variance));
    }
  }
  Collections.sort(scores);
  return scores;
}

static Score score(Model model, double[] folds, double variance) {
  double sum = 0;
  double worst = 0;
  for (double fold : folds) {
    sum += fold;
    worst = Math.max(worst, fold);
  }
  double mean = sum / FOLDS;
  return new Score(model.title(), Math.sqrt(mean), Math.sqrt(worst), 1 - mean / variance);
}

/// {@return the mean square of what the model is wrong by in the rows that it has not seen}
static double squaredError(Table table, Fit fit) {
  List<Integer> learnt = new ArrayList<>();
  List<Integer> unseen = new ArrayList<>();
  for (int row = 0; row < table.rows(); row++) {
    (row % FOLDS == fit.fold() ? unseen : learnt).add(row);
  }
  ToDoubleFunction<double[]> foretell = fit.model().fit(table, learnt);
  double sum = 0;
  for (int row : unseen) {
    double off = foretell.applyAsDouble(table.features(row)) - table.target(row);
    sum += off * off;
  }
  return sum / unseen.size();
}

static double variance(Table table) {
  double mean = 0;
  for (int row = 0; row < table.rows(); row++) {
    mean += table.target(row) / table.rows();
  }
  double variance = 0;
  for (int row = 0; row < table.rows(); row++) {
    double off = table.target(row) - mean;
    variance += off * off / table.rows();
  }
  return variance;
}

// ---- the models -------------------------------------------------------------------------------

/// A way to learn. Only +, -, *, / and square roots, which are the same on every machine.
sealed interface Model extends Serializable {
  String title();

  /// {@return what foretells the target from features}
  ToDoubleFunction<double[]> fit(Table table, List<Integer> rows);
}

/// {@return the first models of the list} The three families take turns.
static List<Model> models(int count) {
  List<Model> models = new ArrayList<>();
  for (int i = 0; models.size() < count; i++) {
    // 0.0001, 0.0003, 0.001, 0.003 and so on
    double penalty = Double.parseDouble((i % 2 == 0 ? "1e" : "3e") + (i / 2 - 4));
    models.add(new Ridge(1, penalty));
    models.add(new Ridge(2, penalty));
    models.add(new Nearest(i + 1));
  }
  return models.subList(0, count);
}

/// Least squares on the products of up to `degree` features, with a penalty on large weights.
record Ridge(int degree, double penalty) implements Model {
  @Override
  public String title() {
    return (degree == 1 ? "linear" : "quadratic") + " ridge, penalty " + penalty;
  }

  @Override
  public ToDoubleFunction<double[]> fit(Table table, List<Integer> rows) {
    int terms = terms(table.features(0)).length;
    double[][] products = new double[terms][terms];
    double[] right = new double[terms];
    for (int row : rows) {
      add(terms(table.features(row)), table.target(row), products, right);
    }
    for (int i = 1; i < terms; i++) { // all but the constant
      products[i][i] += penalty;
    }
    double[] weights = solved(products, right);
    return features -> {
      double sum = 0;
      double[] values = terms(features);
      for (int i = 0; i < values.length; i++) {
        sum += weights[i] * values[i];
      }
      return sum;
    };
  }

  /// Adds one row to the normal equations; the lower triangle is enough.
  private static void add(double[] values, double target, double[][] products, double[] right) {
    for (int i = 0; i < values.length; i++) {
      right[i] += values[i] * target;
      for (int j = 0; j <= i; j++) {
        products[i][j] += values[i] * values[j];
      }
    }
  }

  private double[] terms(double[] features) {
    int n = features.length;
    double[] terms = Arrays.copyOf(features, degree == 1 ? n + 1 : n + 1 + n * (n + 1) / 2);
    terms[n] = terms[0]; // the first place is for the constant
    terms[0] = 1;
    int at = n + 1;
    for (int i = 0; degree > 1 && i < n; i++) {
      for (int j = 0; j <= i; j++) {
        terms[at++] = features[i] * features[j];
      }
    }
    return terms;
  }

  /// Solves the equations by Cholesky's method, in place.
  private static double[] solved(double[][] a, double[] b) {
    int n = b.length;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double rest = a[i][j];
        for (int k = 0; k < j; k++) {
          rest -= a[i][k] * a[j][k];
        }
        a[i][j] = i == j ? Math.sqrt(rest) : rest / a[j][j];
      }
    }
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        b[i] -= a[i][k] * b[k];
      }
      b[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) {
        b[i] -= a[k][i] * b[k];
      }
      b[i] /= a[i][i];
    }
    return b;
  }
}

/// The mean of the most similar rows. It learns nothing, and so reads the whole table for each row.
record Nearest(int count) implements Model {
  @Override
  public String title() {
    return count + " nearest";
  }

  @Override
  public ToDoubleFunction<double[]> fit(Table table, List<Integer> rows) {
    int[] candidates = rows.stream().mapToInt(Integer::intValue).toArray();
    return features -> {
      double[] distances = new double[count];
      double[] targets = new double[count];
      Arrays.fill(distances, Double.POSITIVE_INFINITY);
      for (int row : candidates) {
        double distance = table.squaredDistance(row, features);
        if (distance < distances[count - 1]) {
          insert(distance, table.target(row), distances, targets);
        }
      }
      return Arrays.stream(targets).reduce(0, Double::sum) / count;
    };
  }

  private static void insert(double distance, double target, double[] distances, double[] targets) {
    int at = distances.length - 1;
    for (; at > 0 && distances[at - 1] > distance; at--) {
      distances[at] = distances[at - 1];
      targets[at] = targets[at - 1];
    }
    distances[at] = distance;
    targets[at] = target;
  }
}

// ---- the table --------------------------------------------------------------------------------

static final List<String> FEATURES =
    List.of(
        "size",
        "lines",
        "longest line",
        "different pairs of characters",
        "spaces",
        "capitals",
        "small letters",
        "digits",
        "stars",
        "brackets",
        "repeated characters",
        "different characters");

/// A row has the features and, behind them, the target.
static final int WIDTH = FEATURES.size() + 1;

/// Numbers that all processes read where they are: what travels is the handle of the array.
record Table(SharedArray.OfDouble cells, int rows) implements Serializable {
  double target(int row) {
    return cells.get((long) row * WIDTH + WIDTH - 1);
  }

  double[] features(int row) {
    double[] features = new double[WIDTH - 1];
    for (int i = 0; i < features.length; i++) {
      features[i] = cells.get((long) row * WIDTH + i);
    }
    return features;
  }

  double squaredDistance(int row, double[] features) {
    double sum = 0;
    for (int i = 0; i < features.length; i++) {
      double off = cells.get((long) row * WIDTH + i) - features[i];
      sum += off * off;
    }
    return sum;
  }
}

/// Makes the table; the files are read by tasks of the pool as well.
static Table table(Pool pool, SharedScope shared, int rows) throws Exception {
  Path zip = jdkSources();
  List<String> names = evenly(names(zip), rows);
  SharedArray.OfDouble cells = shared.doubles((long) names.size() * WIDTH);
  try (Progress progress = Progress.of(names.size(), "files");
      Results<double[]> measured = pool.map(names, name -> measured(zip, name))) {
    for (int row = 0; row < names.size(); row++) {
      cells.setAll((long) row * WIDTH, measured.next());
      progress.step();
    }
  }
  Table table = new Table(cells, names.size());
  for (int column = 0; column < WIDTH - 1; column++) {
    standardise(table, column);
  }
  return table;
}

static Path jdkSources() throws Unusable {
  Path zip = Path.of(System.getProperty("java.home"), "lib", "src.zip");
  if (!Files.isReadable(zip)) {
    throw new Unusable("this JDK has no " + zip + "; use one that has its sources");
  }
  return zip;
}

static List<String> names(Path zip) throws Unusable {
  try {
    return openZip(zip).stream()
        .map(ZipEntry::getName)
        .filter(name -> name.endsWith(".java"))
        .sorted()
        .toList();
  } catch (IOException e) {
    throw new Unusable("cannot read " + zip + ": " + e.getMessage());
  }
}

static List<String> evenly(List<String> names, int count) {
  int rows = Math.min(count, names.size());
  return IntStream.range(0, rows)
      .mapToObj(i -> names.get((int) ((long) i * names.size() / rows)))
      .toList();
}

/// The zip in this process, be it a worker.
static final Map<Path, ZipFile> ZIPS = new ConcurrentHashMap<>();

static ZipFile openZip(Path file) throws IOException {
  try {
    return ZIPS.computeIfAbsent(
        file,
        path -> {
          try {
            return new ZipFile(path.toFile());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  } catch (UncheckedIOException e) {
    throw e.getCause();
  }
}

static double[] measured(Path file, String name) throws IOException {
  ZipFile zip = openZip(file);
  ZipEntry entry = zip.getEntry(name);
  try (InputStream in = zip.getInputStream(entry)) {
    double[] row = Arrays.copyOf(features(in.readAllBytes()), WIDTH);
    row[WIDTH - 1] = log(entry.getCompressedSize());
    return row;
  }
}

static double[] features(byte[] text) {
  int[] counts = new int[256];
  BitSet pairs = new BitSet();
  int repeated = 0;
  int longest = 0;
  int lineStart = 0;
  for (int i = 0; i < text.length; i++) {
    int c = text[i] & 0xFF;
    int previous = i == 0 ? 0 : text[i - 1] & 0xFF;
    counts[c]++;
    pairs.set(previous << 8 | c);
    repeated += c == previous ? 1 : 0;
    lineStart = c == '\n' ? i + 1 : lineStart;
    longest = Math.max(longest, i + 1 - lineStart);
  }
  double size = Math.max(1, text.length);
  return new double[] {
    log(text.length),
    log(counts['\n']),
    log(longest),
    log(pairs.cardinality()),
    counts[' '] / size,
    sum(counts, 'A', 'Z') / size,
    sum(counts, 'a', 'z') / size,
    sum(counts, '0', '9') / size,
    counts['*'] / size,
    (counts['('] + counts['{'] + counts['[']) / size,
    repeated / size,
    log(Arrays.stream(counts).filter(n -> n > 0).count())
  };
}

static int sum(int[] counts, char from, char to) {
  return IntStream.rangeClosed(from, to).map(c -> counts[c]).sum();
}

/// `StrictMath`, since `Math.log` may differ in its last bit from one JVM to another.
static double log(long count) {
  return StrictMath.log1p(count);
}

/// Gives a column the mean 0 and the variance 1, so that features weigh alike.
static void standardise(Table table, int column) {
  int rows = table.rows();
  double mean = 0;
  double squares = 0;
  for (int row = 0; row < rows; row++) {
    mean += table.cells().get((long) row * WIDTH + column) / rows;
  }
  for (int row = 0; row < rows; row++) {
    double off = table.cells().get((long) row * WIDTH + column) - mean;
    squares += off * off;
  }
  double deviation = squares == 0 ? 1 : Math.sqrt(squares / rows);
  for (int row = 0; row < rows; row++) {
    long at = (long) row * WIDTH + column;
    table.cells().set(at, (table.cells().get(at) - mean) / deviation);
  }
}

// ---- what comes out ---------------------------------------------------------------------------

static void print(List<Score> scores, Table table, long millis, String pool) {
  IO.println("   error    worst       R²  model");
  scores.stream()
      .limit(TOP)
      .forEach(
          s ->
              IO.println(
                  "%8.4f %8.4f %8.4f  %s".formatted(s.error(), s.worst(), s.r2(), s.model())));
  IO.println(
      "%d models, %,d fits, %,d rows of %d numbers in %,d KiB of shared memory, %.2f s, pool %s"
          .formatted(
              scores.size(),
              scores.size() * FOLDS,
              table.rows(),
              WIDTH,
              table.cells().segment().byteSize() / 1024,
              millis / 1000.0,
              pool));
}

static void printJson(List<Score> scores, Table table, long millis, String pool) {
  String models =
      scores.stream()
          .map(
              s ->
                  "{\"model\":\"%s\",\"error\":%s,\"worst\":%s,\"r2\":%s}"
                      .formatted(s.model(), s.error(), s.worst(), s.r2()))
          .collect(Collectors.joining(","));
  IO.println(
      "{\"rows\":%d,\"features\":%d,\"folds\":%d,\"models\":[%s],\"elapsedMillis\":%d,\"pool\":\"%s\"}"
          .formatted(table.rows(), WIDTH - 1, FOLDS, models, millis, pool));
}
