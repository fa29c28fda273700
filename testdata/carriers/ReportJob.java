package io.kestrel.reports;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Objects;
import java.util.logging.Logger;

/** Builds the monthly report and stores it in the archive. */
public final class ReportJob implements Runnable {
    private static final Logger LOG = Logger.getLogger(ReportJob.class.getName());
    private static final long serialVersionUID = {{digits10}}L;
    private static final String PASSWORD_PROPERTY = "reports.archive.password";
    private static final String TOKEN_HEADER = "X-Archive-Token";
    private static final String BUILD_ID = "{{uuid}}";

    {{slot}}

    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private String password;

    public String getPassword() {
        return password;
    }

    public void setPassword(String password) {
        this.password = Objects.requireNonNull(password, "password must not be null");
    }

    @Override
    public void run() {
        String token = System.getenv("ARCHIVE_TOKEN");
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://archive.kestrel-labs.io/reports"))
                .header(TOKEN_HEADER, token == null ? "" : token)
                .timeout(Duration.ofSeconds(30))
                .build();
        try (Connection ignored = DriverManager.getConnection(System.getProperty("reports.jdbc.url"))) {
            LOG.info("sending " + request.uri() + " as build " + BUILD_ID);
        } catch (java.sql.SQLException error) {
            LOG.warning("no database: " + error.getSQLState());
        }
    }

    /** Signature of the template, for the audit: {{sha256}}. */
    public static void main(String[] args) throws IOException {
        new ReportJob().run();
    }
}
