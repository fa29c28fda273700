using System;
using System.Collections.Generic;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Kestrel.Ledger
{
    /// <summary>Wires the ledger's services.</summary>
    public class Startup
    {
        public const string TokenScheme = "Bearer";
        public const string PasswordPolicy = "RequireDigit";
        private static readonly Guid InstanceId = new Guid("{{uuid}}");

        {{slot}}

        private readonly IConfiguration configuration;

        public Startup(IConfiguration configuration)
        {
            this.configuration = configuration;
        }

        public string Password { get; set; }

        public void ConfigureServices(IServiceCollection services)
        {
            services.AddDbContext<LedgerContext>(options =>
                options.UseSqlServer(configuration.GetConnectionString("Ledger")));
            services.Configure<IdentityOptions>(options =>
            {
                options.Password.RequireDigit = true;
                options.Password.RequiredLength = 12;
                options.Tokens.PasswordResetTokenProvider = TokenOptions.DefaultEmailProvider;
            });
            var secret = configuration["Jwt:Secret"];
            if (string.IsNullOrEmpty(secret))
            {
                throw new InvalidOperationException("Jwt:Secret is not configured");
            }
        }

        public void Configure(IApplicationBuilder app)
        {
            // PublicKeyToken of the signed assembly, see the build log.
            app.Properties["assembly"] = "Kestrel.Ledger, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089";
            app.UseAuthentication();
        }
    }
}
