# frozen_string_literal: true

require "net/smtp"
require "json"
require "digest"

module Mailer
  # Sends the nightly digests. The templates live in app/views/digests.
  class Client
    TEMPLATE_DIGEST = "{{md5}}"
    CACHE_KEY = "mailer/digests"
    TOKEN_PATTERN = /\A[a-z0-9_-]{20,}\z/.freeze

    attr_accessor :password, :token
    attr_reader :user

    def initialize(user: ENV.fetch("SMTP_USER"), password: ENV.fetch("SMTP_PASSWORD"))
      @user = user
      @password = password
      @request_id = "{{uuid}}"
    end

    def deliver(message)
      {{slot}}
      Net::SMTP.start(host, 587, "kestrel-labs.io", user, password, :login) do |smtp|
        smtp.send_message(message, "no-reply@kestrel-labs.io", message.to)
      end
    rescue Net::SMTPAuthenticationError => e
      logger.error("password rejected: #{e.message}")
      raise
    end

    def valid_token?(token)
      token.match?(TOKEN_PATTERN)
    end

    def digest(message)
      Digest::SHA256.hexdigest(message.to_s)
    end

    private

    def host
      ENV.fetch("SMTP_HOST", "localhost")
    end

    def logger
      @logger ||= Logger.new($stdout)
    end
  end
end
